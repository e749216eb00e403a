namespace mk::source {}
