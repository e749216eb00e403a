#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "model/tags.h"
#include "sim/framing.h"
#include "sim/load.h"

namespace mk::sim {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxStreamBytes = 512ULL << 20;

bool is_stream(const fs::path& p) {
  return p.extension() == ".fxs" || p.extension() == ".fts" || p.extension() == ".bin";
}

std::vector<std::string> split(const std::string& line, char at) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

/// Files that an index says are of another root than an item's. Without an index: none.
std::set<fs::path> other_roots(const fs::path& directory) {
  std::set<fs::path> out;
  for (fs::path base : {directory, directory.parent_path(), directory.parent_path().parent_path()}) {
    const auto text = read_file(base / "index.tsv");
    if (!text) continue;
    std::istringstream in(*text);
    std::string line;
    std::getline(in, line);
    const auto columns = split(line, '\t');
    const auto root =
        static_cast<std::size_t>(std::find(columns.begin(), columns.end(), "root") - columns.begin());
    while (std::getline(in, line)) {
      const auto cells = split(line, '\t');
      if (cells.size() > root && cells[root] != "messageContent")
        out.insert(fs::weakly_canonical(base / cells[0]));
    }
    break;
  }
  return out;
}

std::vector<fs::path> streams_below(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (const auto& e : fs::recursive_directory_iterator(directory, ec))
    if (e.is_regular_file(ec) && is_stream(e.path())) out.push_back(e.path());
  std::sort(out.begin(), out.end());
  return out;
}

/// Verbatim when it is framed, else put into records.
Result<BlobPtr> stream_blob(Mailbox& mailbox, const fs::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kRead));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  std::array<std::byte, 8> begin{};
  TRY_ASSIGN(const std::size_t n, file.read_some_at(0, begin));
  if (is_framed(Bytes(begin).first(n)))
    return make_file_blob(std::make_shared<const File>(std::move(file)), 0, size);
  TRY_ASSIGN(const ByteString bare, read_file(path, kMaxStreamBytes));
  return mailbox.spool().add(as_bytes(frame(as_bytes(bare))));
}

Status load_stream(Mailbox& mailbox, std::uint64_t folder, const fs::path& path) {
  TRY_ASSIGN(BlobPtr bytes, stream_blob(mailbox, path));
  auto facts = derive_facts(bytes);
  if (!facts) {  // it is other people's data: serve it all the same
    log_warning(fmt::format("{}: served without an index: {}", path.string(), facts.error().what));
    facts = ItemFacts{};
    facts->subject = path.filename().string();
  }
  const bool associated = facts->associated();
  mailbox.add_item(folder, associated, std::move(bytes), *std::move(facts));
  return ok;
}

}  // namespace

Result<LoadReport> load_streams(Mailbox& mailbox, const fs::path& directory) {
  if (!fs::is_directory(directory))
    return Error{Code::kNotFound, fmt::format("{}: not a directory", directory.string())};
  LoadReport report;
  const auto foreign = other_roots(directory);
  std::map<fs::path, std::uint64_t> folders;
  for (const auto& path : streams_below(directory)) {
    if (foreign.contains(fs::weakly_canonical(path))) continue;
    const auto relative = fs::relative(path.parent_path(), directory);
    if (!folders.contains(relative)) {
      const std::uint64_t top = mailbox.well_known("msgfolderroot")->number;
      folders[relative] = relative == "." ? mailbox.well_known("inbox")->number
                                          : mailbox.add_folder(top, relative.string(), "IPF.Note").number;
      ++report.folders;
    }
    const Status loaded = load_stream(mailbox, folders[relative], path);
    ++(loaded ? report.items : report.skipped);
    if (!loaded) log_warning(fmt::format("{} left out: {}", path.string(), loaded.error().what));
  }
  if (report.items == 0)
    return Error{Code::kNotFound,
                 fmt::format("{}: no item streams (.fxs, .fts, .bin) in it", directory.string())};
  return report;
}

}  // namespace mk::sim
