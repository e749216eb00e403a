#include "pst/part_writer.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/size.h"
#include "pst/where.h"
#include "pst/write/block_file.h"

namespace mk::pst {
namespace {

/// Those below the root that every part begins with: searches, top of the mailbox, Deleted Items.
constexpr std::uint64_t kFoldersOfEveryStore = 3;

std::uint64_t bytes_of(const model::PropertyList& list) {
  constexpr std::uint64_t kPropertyBytes = 512;  // as many as a value of its own may take beside its bytes
  std::uint64_t n = 0;
  for (const auto& p : list) n += p.value.size() + kPropertyBytes;
  return n;
}

std::uint64_t bytes_of(const model::Item& item) {
  std::uint64_t n = bytes_of(item.properties);
  for (const auto& r : item.recipients) n += bytes_of(r);
  for (const auto& a : item.attachments)
    n += bytes_of(a.properties) + (a.embedded ? bytes_of(*a.embedded) : 0);
  return n;
}

/// Far more than an item or a folder can come to take with its rows: text of one byte becomes two, heaps may
/// be half empty.
template <class Object>
std::uint64_t bound_of(const Object& object) {
  return 64 * 1024 + 8 * bytes_of(object);
}

}  // namespace

Status check_free(const std::filesystem::path& path, bool replace) {
  std::error_code ignored;
  if (replace || !std::filesystem::exists(path, ignored)) return ok;
  return Error{Code::kInvalid,
               path.string() + ": is there already; choose another name, or say --force to replace it"};
}

Result<std::uint64_t> parse_part_bytes(std::string_view text) {
  TRY_ASSIGN(const std::uint64_t bytes, parse_size(text));
  if (bytes >= kMinPartBytes && bytes <= kMaxPartBytes) return bytes;
  return Error{Code::kInvalid,
               fmt::format("{} is not between 1MB and 50GiB, the largest PST that Outlook opens", text)};
}

std::filesystem::path part_path(const std::filesystem::path& path, std::size_t number) {
  if (number == 1) return path;
  auto out = path.parent_path() / path.stem();
  out += fmt::format("-{}{}", number, path.extension().string());
  return out;
}

Result<std::unique_ptr<PartWriter>> PartWriter::create(const std::filesystem::path& path,
                                                       const PartOptions& options) {
  std::unique_ptr<PartWriter> out(new PartWriter(path, options));
  TRY(out->begin_part());
  TRY(check_free(part_path(path, 2), options.replace));  // told before hours of work, not after
  return out;
}

PartWriter::~PartWriter() {
  std::error_code ignored;
  const std::size_t sealed = parts_.size() - (writer_ ? 1 : 0);
  for (std::size_t i = n_published_; i < sealed; ++i)
    std::filesystem::remove(write::partial_path(parts_[i].path), ignored);
}

/// Seals the part before it. Each part is a store of its own: the store's name makes its record key, by which
/// Outlook tells the files apart that it has open.
Status PartWriter::begin_part() {
  if (writer_) TRY(seal());
  const std::size_t number = parts_.size() + 1;
  const auto path = part_path(path_, number);
  TRY(check_free(path, options_.replace));
  WriterOptions options = options_.writer;
  if (number > 1) options.store_name += fmt::format(" ({})", number);
  TRY_ASSIGN(writer_, PstWriter::create(path, options));
  parts_.push_back({path, options_.label, 0, kFoldersOfEveryStore, 0, 0, {}, {}, false});
  for (const auto& step : tree_) TRY(step(*writer_));
  if (number > 1) parts_.back().folders = parts_[number - 2].folders;
  if (writer_->size_bound() > options_.max_bytes) return folders_too_large(writer_->size_bound());
  return ok;
}

Error PartWriter::folders_too_large(std::uint64_t bytes) const {
  return {Code::kInvalid, fmt::format("{}: the folders alone may take {} bytes, more than the limit of {}; "
                                      "choose a larger size",
                                      parts_.back().path.string(), bytes, options_.max_bytes)};
}

Status PartWriter::take_step(Step step) {
  TRY(step(*writer_));
  tree_.push_back(std::move(step));
  return ok;
}

Nid PartWriter::common_views() {
  ++parts_.back().folders;
  tree_.push_back([](PstWriter& w) -> Status {
    w.common_views();
    return ok;
  });
  return writer_->common_views();
}

/// Ids of folders follow from the order in which they are made, so that they are the same in all parts.
Result<Nid> PartWriter::add_folder(Nid parent, const model::PropertyList& properties) {
  TRY_ASSIGN(const bool fits, has_room(bound_of(properties)));
  if (!fits && !is_empty()) TRY(begin_part());
  Nid nid;
  TRY_ASSIGN(nid, writer_->add_folder(parent, properties));
  ++parts_.back().folders;
  tree_.push_back([parent, properties, nid](PstWriter& w) -> Status {
    TRY_ASSIGN(const Nid again, w.add_folder(parent, properties));
    MK_CHECK(again == nid);
    return ok;
  });
  return nid;
}

Status PartWriter::set_properties(Nid folder, const model::PropertyList& properties) {
  return take_step([=](PstWriter& w) { return w.set_properties(folder, properties); });
}

Status PartWriter::set_store_properties(const model::PropertyList& properties) {
  return take_step([=](PstWriter& w) { return w.set_store_properties(properties); });
}

Result<bool> PartWriter::has_room(std::uint64_t bound) {
  if (writer_->size_bound() + submitted_bound_ + bound > options_.max_bytes) TRY(drain());
  return writer_->size_bound() + submitted_bound_ + bound <= options_.max_bytes;
}

/// Items are encoded on other threads while they are far from the limit, whatever they may come to take.
Status PartWriter::submit_item(Nid folder, model::Item item, bool associated, ItemDone done) {
  const std::uint64_t bound = bound_of(item);
  TRY_ASSIGN(const bool fits, has_room(bound));
  if (!fits) return done(add_item(folder, item, associated));
  submitted_bound_ += bound;
  const auto date = item_date(item.properties);
  return writer_->submit_item(folder, std::move(item), associated,
                              [this, date, associated, done = std::move(done)](Result<Nid> added) -> Status {
                                if (!added) return done(std::move(added).error());
                                return done(count(*added, date, associated));
                              });
}

Status PartWriter::drain() {
  submitted_bound_ = 0;
  return writer_->drain();
}

Result<PlacedItem> PartWriter::add_item(Nid folder, const model::Item& item, bool associated) {
  TRY_ASSIGN(auto added, writer_->add_item_within(options_.max_bytes, folder, item, associated));
  if (!added && !is_empty()) {
    TRY(begin_part());
    TRY_ASSIGN(added, writer_->add_item_within(options_.max_bytes, folder, item, associated));
  }
  if (!added) {
    if (writer_->size_bound() > options_.max_bytes) return folders_too_large(writer_->size_bound());
    TRY_ASSIGN(added, writer_->add_item(folder, item, associated));
    parts_.back().is_oversized = true;
  }
  return count(*added, item_date(item.properties), associated);
}

PlacedItem PartWriter::count(Nid nid, std::optional<FileTime> date, bool associated) {
  Part& part = parts_.back();
  ++(associated ? part.associated : part.items);
  if (date && (!part.first || *date < *part.first)) part.first = date;
  if (date && (!part.last || *date > *part.last)) part.last = date;
  return {nid, static_cast<std::uint32_t>(parts_.size())};
}

Status PartWriter::seal() {
  if (!writer_) return ok;
  TRY(drain());
  TRY(writer_->seal());
  Part& part = parts_.back();
  std::error_code failed;
  part.bytes = std::filesystem::file_size(write::partial_path(part.path), failed);
  writer_.reset();
  if (failed) return Error{Code::kInternal, part.path.string() + ": " + failed.message()};
  if (part.is_oversized || part.bytes <= options_.max_bytes) return ok;
  if (is_empty()) return folders_too_large(part.bytes);
  return Error{Code::kInternal, fmt::format("{}: {} bytes, more than the limit of {}", part.path.string(),
                                            part.bytes, options_.max_bytes)};
}

Status PartWriter::publish() {
  TRY(seal());
  return publish_complete();
}

Status PartWriter::publish_complete() {
  const std::size_t complete = parts_.size() - (writer_ ? 1 : 0);
  for (; n_published_ < complete; ++n_published_) {
    const auto& path = parts_[n_published_].path;
    TRY(check_free(path, options_.replace));
    TRY(rename_durably(write::partial_path(path), path));
  }
  return ok;
}

}  // namespace mk::pst
