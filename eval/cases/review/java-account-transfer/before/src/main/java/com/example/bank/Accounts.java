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
}
