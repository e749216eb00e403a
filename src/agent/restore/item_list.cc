#include "agent/restore/item_list.h"

#include "base/json.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxPageBytes = 1 << 20;

void add_field(std::string& line, const char* name, const std::string& value) {
  if (value.empty()) return;
  line += line.size() > 1 ? ",\"" : "\"";
  line += name;
  line += "\":" + json_quote(value);
}

Result<File> open_or_create(const std::filesystem::path& file) {
  auto opened = File::open(file, File::Mode::kReadWrite);
  if (opened || opened.error().code != Code::kNotFound) return opened;
  return File::open(file, File::Mode::kCreateNew);
}

}  // namespace

Result<std::unique_ptr<ItemListWriter>> ItemListWriter::open(const std::filesystem::path& file) {
  TRY(mk::create_directories(file.parent_path()));
  TRY_ASSIGN(auto opened, open_or_create(file));
  TRY_ASSIGN(const auto size, opened.size());
  char last = '\n';
  if (size > 0) TRY(opened.read_at(size - 1, std::as_writable_bytes(std::span(&last, 1))));
  std::unique_ptr<ItemListWriter> list(new ItemListWriter(std::move(opened), size));
  if (last != '\n') TRY(list->sink_.write(as_bytes("\n")));  // the end of a line that a crash tore
  return list;
}

Status ItemListWriter::add(const ItemOutcome& o) {
  std::string line = "{";
  add_field(line, "action", o.action);
  add_field(line, "folder", o.folder);
  add_field(line, "item", o.item);
  add_field(line, "subject", o.subject);
  add_field(line, "created", o.created);
  add_field(line, "why", o.why);
  return sink_.write(as_bytes(line + "}\n"));
}

Result<ItemListPage> read_item_list(const std::filesystem::path& path, std::uint64_t from,
                                    std::size_t limit) {
  ItemListPage page;
  auto file = File::open(path, File::Mode::kRead);
  if (!file && file.error().code == Code::kNotFound) return page;
  if (!file) return std::move(file).error();
  std::string text(kMaxPageBytes, '\0');
  TRY_ASSIGN(const std::size_t n, file->read_some_at(from, std::as_writable_bytes(std::span(text))));
  text.resize(n);
  std::size_t at = 0;
  for (std::size_t end; page.lines.size() < limit && (end = text.find('\n', at)) != std::string::npos;
       at = end + 1)
    if (end - at >= 2 && text[at] == '{' && text[end - 1] == '}')
      page.lines.push_back(text.substr(at, end - at));
  const bool more = text.find('\n', at) != std::string::npos || n == kMaxPageBytes;
  if (more && at > 0) page.next = from + at;
  return page;
}

}  // namespace mk::agent
