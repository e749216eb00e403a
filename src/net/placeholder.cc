namespace mk::net {}
