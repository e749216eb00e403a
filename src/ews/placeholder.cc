namespace mk::ews {}
