package com.example.bank;

public final class InsufficientFundsException extends RuntimeException {
    public InsufficientFundsException(long accountId) {
        super("account " + accountId + " does not hold enough");
    }
}
