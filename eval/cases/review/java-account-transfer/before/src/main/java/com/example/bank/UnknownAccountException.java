package com.example.bank;

public final class UnknownAccountException extends RuntimeException {
    public UnknownAccountException(long accountId) {
        super("no account " + accountId);
    }
}
