namespace mk::mime {}
