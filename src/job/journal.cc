#include "job/journal.h"

#include "job/json.h"
#include "job/lines.h"

namespace mk::job {
namespace {

std::string commit_line(const Commit& c) {
  Object o{{"folder", c.folder}, {"segment", c.segment}};
  put(o, "state", c.state.value);
  return checked_line(boost::json::serialize(Object{{"commit", std::move(o)}}));
}

const std::string& head_end() {
  static const std::string line = checked_line(R"({"commit":"head"})");
  return line;
}

constexpr std::string_view kCommitStart = "{\"commit\":";

}  // namespace

Result<std::unique_ptr<Journal>> Journal::create(const std::filesystem::path& path,
                                                 const std::vector<std::string>& head) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  std::unique_ptr<Journal> j(new Journal(std::move(file), 0));
  for (const auto& json : head) j->pending_ += checked_line(json);
  j->pending_ += head_end();
  TRY(j->sync());
  TRY(sync_directory(path.parent_path()));
  return j;
}

Result<std::unique_ptr<Journal>> Journal::resume(const std::filesystem::path& path, std::uint64_t length) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kReadWrite));
  TRY(file.truncate(length));
  return std::unique_ptr<Journal>(new Journal(std::move(file), length));
}

void Journal::append(const std::vector<ItemLine>& lines, const Commit& commit) {
  for (const auto& line : lines) pending_ += checked_line(format_line(line));
  pending_ += commit_line(commit);
}

Status Journal::sync() {
  TRY(file_.write_at(at_, as_bytes(pending_)));
  TRY(file_.sync());
  at_ += pending_.size();
  pending_.clear();
  return ok;
}

Result<std::uint64_t> read_journal(const std::filesystem::path& path, const JournalVisitor& visitor) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kRead));
  LineReader in(std::make_shared<const File>(std::move(file)));
  std::vector<std::string> head;
  std::vector<ItemLine> group;
  std::uint64_t whole = 0;
  const auto step = [&](std::string_view json) -> Result<bool> {
    const bool commit = json.starts_with(kCommitStart);
    if (!commit && whole == 0) return head.emplace_back(json), true;
    if (!commit) {
      TRY_ASSIGN(ItemLine line, parse_line(json));
      group.push_back(std::move(line));
      return true;
    }
    TRY_ASSIGN(const Object o, parse_object(json));
    if (whole == 0) {
      for (const auto& line : head) TRY(visitor.on_head(line));
    } else {
      const auto& c = object_in(o, "commit");
      TRY(visitor.on_group(group, {number_in(c, "folder"), {text_in(c, "state")}, number_in(c, "segment")}));
    }
    group.clear();
    whole = in.offset();
    return true;
  };
  TRY(each_whole_line(in, step));
  return whole;
}

}  // namespace mk::job
