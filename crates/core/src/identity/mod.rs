//! People: users, e-mail addresses, passwords.
