package com.example.bank;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/** What accounts hold, in cents. */
public final class Accounts {
    private final DataSource dataSource;

    public Accounts(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    public long balance(long accountId) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return balance(connection, accountId);
        }
    }

    /**
     * Moves money from one account to the other, or nothing at all.
     *
     * @throws InsufficientFundsException when the first does not hold that much
     */
    public void transfer(long fromId, long toId, long cents, String reference) throws SQLException {
        if (cents <= 0) {
            throw new IllegalArgumentException("a transfer moves at least one cent");
        }
        if (fromId == toId) {
            throw new IllegalArgumentException("a transfer goes to another account");
        }
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            try {
                long held = balance(connection, fromId);
                if (held < cents) {
                    throw new InsufficientFundsException(fromId);
                }
                long received = balance(connection, toId);
                // In the order of their ids, so that no two transfers wait for one another.
                if (fromId < toId) {
                    setBalance(connection, fromId, held - cents);
                    setBalance(connection, toId, received + cents);
                } else {
                    setBalance(connection, toId, received + cents);
                    setBalance(connection, fromId, held - cents);
                }
                record(connection, fromId, toId, cents, reference);
                connection.commit();
            } catch (Throwable failure) {
                connection.rollback();
                throw failure;
            } finally {
                connection.setAutoCommit(true);
            }
        }
    }

    private static long balance(Connection connection, long accountId) throws SQLException {
        String sql = "SELECT balance_cents FROM accounts WHERE id = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, accountId);
            try (ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) {
                    throw new UnknownAccountException(accountId);
                }
                return rows.getLong(1);
            }
        }
    }

    private static void setBalance(Connection connection, long accountId, long cents) throws SQLException {
        String sql = "UPDATE accounts SET balance_cents = ? WHERE id = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, cents);
            statement.setLong(2, accountId);
            statement.executeUpdate();
        }
    }

    private static void record(Connection connection, long fromId, long toId, long cents, String reference)
            throws SQLException {
        String sql = "INSERT INTO transfers (from_id, to_id, cents, reference) VALUES (?, ?, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, fromId);
            statement.setLong(2, toId);
            statement.setLong(3, cents);
            statement.setString(4, reference);
            statement.executeUpdate();
        }
    }
}
