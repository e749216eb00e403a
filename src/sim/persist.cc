#include "sim/persist.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace mk::sim {
namespace {

namespace json = boost::json;
constexpr std::uint64_t kMaxJsonBytes = 1ULL << 30;

std::filesystem::path file_for(const std::string& address, const std::filesystem::path& directory,
                               const char* suffix) {
  return directory / (address + suffix);
}

json::array tombstones_json(const std::vector<Tombstone>& all) {
  json::array out;
  for (const auto& t : all)
    out.push_back(json::array{t.number, t.parent, t.created_seq, t.seq, t.associated});
  return out;
}

json::array properties_json(const model::PropertyList& list) {
  json::array out;
  for (const auto& p : list)
    if (!p.name && !p.value.is_multiple() && !p.value.is_blob())
      out.push_back(json::array{p.tag.value, to_hex(p.value.bytes())});
  return out;
}

json::object folder_json(const Folder& f) {
  return {{"number", f.number},
          {"parent", f.parent},
          {"name", f.name},
          {"class", f.folder_class},
          {"well_known", f.well_known},
          {"created", f.created_seq},
          {"changed", f.changed_seq},
          {"contents", f.contents_seq},
          {"properties", properties_json(f.properties)},
          {"gone", tombstones_json(f.gone)}};
}

/// Writes the items' bytes and says where they are.
Result<json::array> save_items(const Mailbox& mailbox, const std::filesystem::path& path) {
  const auto partial = std::filesystem::path(path.string() + ".partial");
  TRY_ASSIGN(File file, File::open(partial, File::Mode::kCreate));
  FileSink sink(file);
  json::array out;
  for (const auto& [number, item] : mailbox.items()) {
    const std::uint64_t at = sink.offset();
    TRY_ASSIGN(auto in, item->bytes->open());
    TRY_ASSIGN(const std::uint64_t n, copy(*in, sink));
    out.push_back(json::array{number, item->folder, item->associated, item->created_seq, item->changed_seq,
                              item->read_seq, at, n});
  }
  TRY(sink.flush());
  TRY(file.sync());
  TRY(rename_durably(partial, path));
  return out;
}

/// Boost.JSON throws where a value is not what it should be; one catch for the whole document.
class Loader {
 public:
  Loader(Mailbox& mailbox, const Spool& items) : mailbox_(mailbox), items_(items) {}

  Status run(const json::value& root) {
    mailbox_.restart(number(root.at("seq")), number(root.at("next")), tombstones(root.at("gone")));
    for (const auto& f : root.at("folders").as_array()) mailbox_.put_back(folder(f));
    for (const auto& i : root.at("items").as_array()) TRY(item(i.as_array()));
    return ok;
  }

 private:
  static std::uint64_t number(const json::value& v) { return v.to_number<std::uint64_t>(); }
  static std::string text(const json::value& v) { return std::string(v.as_string()); }

  static std::vector<Tombstone> tombstones(const json::value& list) {
    std::vector<Tombstone> out;
    for (const auto& t : list.as_array())
      out.push_back({number(t.at(0)), number(t.at(1)), number(t.at(2)), number(t.at(3)), t.at(4).as_bool()});
    return out;
  }

  static Folder folder(const json::value& v) {
    Folder f;
    f.number = number(v.at("number")), f.parent = number(v.at("parent"));
    f.name = text(v.at("name")), f.folder_class = text(v.at("class")),
    f.well_known = text(v.at("well_known"));
    f.created_seq = number(v.at("created")), f.changed_seq = number(v.at("changed")),
    f.contents_seq = number(v.at("contents"));
    f.gone = tombstones(v.at("gone"));
    for (const auto& p : v.at("properties").as_array()) {
      auto bytes = from_hex(text(p.at(1)));
      if (bytes) f.properties.add(model::PropTag(p.at(0).to_number<std::uint32_t>()), *std::move(bytes));
    }
    return f;
  }

  Status item(const json::array& v) {
    auto item = std::make_unique<Item>();
    item->number = number(v.at(0)), item->folder = number(v.at(1)), item->associated = v.at(2).as_bool();
    item->created_seq = number(v.at(3)), item->changed_seq = number(v.at(4)),
    item->read_seq = number(v.at(5));
    TRY_ASSIGN(item->bytes, items_.at(number(v.at(6)), number(v.at(7))));
    if (auto facts = derive_facts(item->bytes))
      item->facts = *std::move(facts);  // else it is served without an index, as before
    if (mailbox_.folder(item->folder) == nullptr) return Error{Code::kCorrupt, "an item without a folder"};
    mailbox_.put_back(std::move(item));
    return ok;
  }

  Mailbox& mailbox_;
  const Spool& items_;
};

Status parse_into(Mailbox& mailbox, const Spool& items, const std::string& text) {
  try {
    return Loader(mailbox, items).run(json::parse(text));
  } catch (const std::exception& e) {
    return Error{Code::kCorrupt, e.what()};
  }
}

}  // namespace

Status save_mailbox(const Mailbox& mailbox, const std::filesystem::path& directory) {
  TRY(mk::create_directories(directory));
  TRY_ASSIGN(json::array items, save_items(mailbox, file_for(mailbox.address(), directory, ".items")));
  json::array folders;
  for (const auto& [number, f] : mailbox.folders()) folders.push_back(folder_json(f));
  const json::object root{{"seq", mailbox.seq()},
                          {"next", mailbox.next_number()},
                          {"gone", tombstones_json(mailbox.gone_folders())},
                          {"folders", std::move(folders)},
                          {"items", std::move(items)}};
  return write_file_atomically(file_for(mailbox.address(), directory, ".json"),
                               as_bytes(json::serialize(root)));
}

bool is_saved(const std::string& address, const std::filesystem::path& directory) {
  return std::filesystem::exists(file_for(address, directory, ".json"));
}

Status load_mailbox(Mailbox& mailbox, const std::filesystem::path& directory) {
  const auto path = file_for(mailbox.address(), directory, ".json");
  TRY_ASSIGN(const std::string text, read_file(path, kMaxJsonBytes));
  TRY_ASSIGN(const auto items, Spool::open(directory, mailbox.address() + ".items"));
  auto loaded = parse_into(mailbox, *items, text);
  if (!loaded) return std::move(loaded).error().in(path.string());
  return ok;
}

}  // namespace mk::sim
