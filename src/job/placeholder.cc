namespace mk::job {}
