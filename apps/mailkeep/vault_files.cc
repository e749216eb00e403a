#include "vault_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "exit.h"
#include "pst/writer.h"
#include "standard_output.h"
#include "vault/object.h"

namespace mk::app {
namespace {

namespace fs = std::filesystem;
/// A file to be stored; a million of them must fit into memory.
struct FoundFile {
  std::string key;
  std::uint32_t from = 0;  // which argument it was found by
  auto operator<=>(const FoundFile&) const = default;
};
using Files = std::vector<FoundFile>;

fs::path path_of(const FoundFile& file, const std::vector<std::string>& paths) {
  const fs::path path = paths[file.from];
  std::error_code unknown;
  return fs::is_directory(path, unknown) ? path / file.key : path;
}

Status add_folder(Files& files, const fs::path& dir, std::uint32_t from) {
  std::error_code e;
  fs::recursive_directory_iterator i(dir, e);
  for (; !e && i != fs::recursive_directory_iterator(); i.increment(e))
    if (i->is_regular_file(e)) files.push_back({i->path().lexically_relative(dir).generic_string(), from});
  if (e) return Error{Code::kDenied, fmt::format("cannot list {}: {}", dir.string(), e.message())};
  return ok;
}

/// In the order of their keys.
Result<Files> find_files(const std::vector<std::string>& paths) {
  Files files;
  for (std::uint32_t from = 0; from < paths.size(); ++from) {
    const fs::path path = paths[from];
    std::error_code unknown;
    if (fs::is_directory(path, unknown))
      TRY(add_folder(files, path, from));
    else
      files.push_back({path.filename().string(), from});
  }
  std::sort(files.begin(), files.end());
  const auto same = [](const FoundFile& a, const FoundFile& b) { return a.key == b.key; };
  const auto twice = std::adjacent_find(files.begin(), files.end(), same);
  if (twice == files.end()) return files;
  return Error{Code::kInvalid,
               fmt::format("{} and {} would both be '{}'; store them apart", path_of(*twice, paths).string(),
                           path_of(*(twice + 1), paths).string(), twice->key)};
}

Result<vault::ObjectRef> put_file(vault::Session& session, const fs::path& path) {
  TRY_ASSIGN(File opened, File::open(path, File::Mode::kRead));
  const auto file = std::make_shared<const File>(std::move(opened));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  const auto source = make_file_source(file, 0, size);
  return session.put_object(*source);
}

/// A key comes from whoever wrote the vault: it must not lead out of the directory.
bool is_below(const std::string& key) {
  const fs::path path(key);
  if (path.is_absolute() || key.find('\0') != std::string::npos) return false;
  return std::none_of(path.begin(), path.end(),
                      [](const fs::path& part) { return part == ".." || part.empty(); });
}

Status get_file(vault::Vault& vault, const vault::Entry& entry, const fs::path& dir) {
  if (!is_below(entry.key)) return Error{Code::kInvalid, "its name leads out of the directory"};
  const fs::path path = dir / entry.key;
  TRY(mk::create_directories(path.parent_path()));
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreateNew));
  FileSink sink(file);
  Status done = vault::copy_object(vault, entry.object, sink, pst::encoder_threads());
  if (done) done = sink.flush();
  std::error_code ignored;
  if (!done) fs::remove(path, ignored);
  return done;
}

}  // namespace

Result<vault::LogNumber> put_files(vault::Vault& vault, const std::vector<std::string>& paths,
                                   const std::string& point, vault::Compression compression,
                                   vault::Session::Counts& counts) {
  TRY_ASSIGN(const Files files, find_files(paths));
  vault::Session session(vault, system_clock(), {.compression = compression});
  vault::TreeWriter tree(session, vault.keys().tree_cut);
  for (const FoundFile& file : files) {
    vault::Entry entry{file.key, {}, {}};
    TRY_ASSIGN(entry.object, put_file(session, path_of(file, paths)));
    TRY(tree.add(std::move(entry)));
  }
  TRY_ASSIGN(const auto root, tree.finish());
  TRY_ASSIGN(const auto number, session.commit(point, root, to_file_time(system_clock().now())));
  counts = session.counts();
  return number;
}

Result<std::uint64_t> get_files(vault::Vault& vault, const vault::Point& point, const fs::path& dir) {
  std::uint64_t lost = 0;
  TRY(vault::visit_tree(
      vault, point.root, "",
      [&](const vault::Entry& entry) -> Result<bool> {
        Status done = get_file(vault, entry, dir);
        if (done) return true;
        const Code code = done.error().code;
        if (code == Code::kExhausted || code == Code::kDenied || code == Code::kUnavailable)
          return std::move(done).error();
        ++lost;
        report(std::move(done).error().in(entry.key));
        return true;
      },
      [&](const vault::Child& child, const Error& error) {
        lost += child.entries;
        report({error.code,
                fmt::format("{} objects from '{}' on: {}", child.entries, child.first_key, error.what)});
      }));
  return lost;
}

Status get_object(vault::Vault& vault, const vault::Point& point, const std::string& key,
                  std::uint64_t offset, std::uint64_t length) {
  std::optional<vault::Entry> found;
  TRY(vault::visit_tree(vault, point.root, key, [&](const vault::Entry& entry) -> Result<bool> {
    if (entry.key == key) found = entry;
    return false;
  }));
  if (!found) return Error{Code::kNotFound, fmt::format("there is no object '{}' in this point", key)};
  const auto source = vault::open_object(vault, found->object, offset);
  StandardOutput out;
  std::vector<std::byte> buffer(64 * 1024);
  while (length > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer.size()));
    TRY_ASSIGN(const std::size_t n, source->read(std::span(buffer).first(want)));
    if (n == 0) return ok;
    TRY(out.write(Bytes(buffer).first(n)));
    length -= n;
  }
  return ok;
}

}  // namespace mk::app
