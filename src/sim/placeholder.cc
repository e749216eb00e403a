namespace mk::sim {}
