#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "store/open_store.h"

namespace mk::app {

using StoreOptions = store::StorePlace;

/// Adds VAULT, and in a group of their own --s3-endpoint --s3-region --s3-style --s3-credentials --s3-profile
/// --s3-take-over --ca-file --insecure. `o` must outlive the parse.
void add_store_options(CLI::App& command, StoreOptions& o);

/// Only the group, for commands that name the place and a server of their own: without --insecure, and the
/// file of authorities is --s3-ca-file.
void add_s3_options(CLI::App& command, StoreOptions& o);

/// Adds --head-file, for vault::open_remembered().
void add_head_option(CLI::App& command, std::string& head_file);

}  // namespace mk::app
