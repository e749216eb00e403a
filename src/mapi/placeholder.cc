namespace mk::mapi {}
