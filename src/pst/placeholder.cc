namespace mk::pst {}
