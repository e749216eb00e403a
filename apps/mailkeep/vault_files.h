#pragma once
#include <filesystem>
#include <map>

#include "vault/session.h"

namespace mk::app {

/// Plain files as objects of a vault: keys are their paths below what was named, with `/`.

/// Stores the files and folders named as one restore point, which holds them and nothing else.
/// Errors: kInvalid  two files would have one key; those of files and stores
Result<vault::LogNumber> put_files(vault::Vault& vault, const std::vector<std::string>& paths,
                                   const std::string& point, vault::Compression compression,
                                   vault::Session::Counts& counts);

/// Writes all objects of a point below `dir`; nothing is overwritten. Objects that cannot be read whole are
/// reported on standard error and leave no file; returns how many.
Result<std::uint64_t> get_files(vault::Vault& vault, const vault::Point& point,
                                const std::filesystem::path& dir);

/// Writes a range of one object to standard output.
Status get_object(vault::Vault& vault, const vault::Point& point, const std::string& key,
                  std::uint64_t offset, std::uint64_t length);

}  // namespace mk::app
