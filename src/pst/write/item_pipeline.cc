#include "pst/write/item_pipeline.h"

#include <algorithm>

#include "model/tags.h"

namespace mk::pst::write {
namespace {

constexpr std::uint64_t kLargeItem = 4 * 1024 * 1024, kPendingMax = 64 * 1024 * 1024;
constexpr std::size_t kJobsPerThread = 16;
constexpr auto kMessages = static_cast<std::size_t>(NidType::kNormalMessage);

/// What must be known of an item before it is encoded.
struct Extent {
  std::uint64_t bytes = 0;
  std::uint32_t embedded = 0;
};

void measure(const model::PropertyList& list, Extent& out) {
  for (const auto& p : list) out.bytes += p.value.size() + sizeof(p);
}

void measure(const model::Item& item, int depth, Extent& out) {
  measure(item.properties, out);
  for (const auto& r : item.recipients) measure(r, out);
  for (const auto& a : item.attachments) {
    measure(a.properties, out);
    if (!a.embedded || depth == model::kMaxEmbeddingDepth) continue;
    ++out.embedded;
    measure(*a.embedded, depth + 1, out);
  }
}

Status give_ids(const model::PropertyList& list, NameMap& names) {
  for (const auto& p : list)
    if (p.name && is_storable(p.tag)) TRY(names.id_of(*p.name));
  return ok;
}

/// Named properties get their ids in the order in which ItemWriter meets them.
Status give_ids(const model::Item& item, int depth, NameMap& names) {
  if (depth > model::kMaxEmbeddingDepth) return ok;
  TRY(give_ids(item.properties, names));
  for (const auto& a : item.attachments) {
    TRY(give_ids(a.properties, names));
    if (a.embedded) TRY(give_ids(*a.embedded, depth + 1, names));
  }
  for (const auto& r : item.recipients) TRY(give_ids(r, names));
  return ok;
}

}  // namespace

ItemPipeline::ItemPipeline(const Store& store, unsigned threads)
    : store_(store),
      most_jobs_(kJobsPerThread * threads),
      encoders_(threads > 0 ? std::make_unique<Workers>(threads) : nullptr) {}

ItemPipeline::~ItemPipeline() = default;

/// Gives the item its place in the order of things.
Status ItemPipeline::prepare(Job& job, Nid folder, const model::Item& item, bool associated) {
  TRY(store_.folders.find(folder));
  if (folder.type() != NidType::kNormalFolder)
    return Error{Code::kInvalid, "a search folder holds no items of its own"};
  Extent extent;
  measure(item, 0, extent);
  TRY(give_ids(item, 0, store_.names));
  const NidType type = associated ? NidType::kAssocMessage : NidType::kNormalMessage;
  job.folder = folder;
  job.associated = associated;
  job.item = &item;
  job.bytes = extent.bytes;
  job.is_large = extent.bytes > kLargeItem;
  job.nid = Nid(type, ++store_.last_index[static_cast<std::size_t>(type)]);
  job.indexes[kMessages] = store_.last_index[kMessages];
  store_.last_index[kMessages] += extent.embedded;
  return ok;
}

/// On any thread; of what others use too it only looks up names.
void ItemPipeline::encode(Job& job) const {
  job.blocks.reserve(job.bytes);
  const std::uint64_t empty_bytes = store_.tables.bytes_of(TableKind::kRecipients);
  ItemWriter writer(
      job.blocks, store_.names,
      [empty_bytes] { return NodeRef{BlockBatch::kEmptyRecipients, {}, empty_bytes}; }, job.indexes,
      store_.seed);
  job.message = writer.write(*job.item, job.nid, job.associated);
  if (!*job.message) return;
  auto row = FolderWriter::make_row(job.associated, job.nid, (*job.message)->fields);
  if (row)
    job.row = *std::move(row);
  else
    job.message = std::move(row).error();
}

/// False when the file could come to have more than it may.
Result<bool> ItemPipeline::put(Job& job, const FolderState& folder) {
  const auto share = [this] { return store_.tables.share(store_.file, TableKind::kRecipients); };
  if (job.is_large) {
    ItemWriter writer(store_.file, store_.names, share, job.indexes, store_.seed);
    job.message = writer.write(*job.item, job.nid, job.associated);
    if (!*job.message) return std::move(*job.message).error();
    TRY_ASSIGN(job.row, FolderWriter::make_row(job.associated, job.nid, (*job.message)->fields));
  } else {
    if (!*job.message) return std::move(*job.message).error();
    TRY(job.blocks.append_to(store_.file, (*job.message)->node, share));
  }
  const std::uint64_t row_bound = store_.folders.row_bound(folder, job.associated, job.row);
  if (store_.size_bound(row_bound) > job.max_file_bytes) return false;
  TRY(store_.folders.make_room());
  auto& nodes = job.associated ? store_.associated : store_.messages;
  TRY(nodes.add(node_entry(job.nid, (*job.message)->node, job.folder)));
  return true;
}

Result<Nid> ItemPipeline::commit(Job& job) {
  TRY(commit_within(job));
  return job.nid;
}

/// Appends the item, or takes everything of it back when it fails or does not fit.
Result<bool> ItemPipeline::commit_within(Job& job) {
  TRY_ASSIGN(FolderState* const folder, store_.folders.find(job.folder));
  TRY(store_.folders.check_room(*folder, job.associated));
  TRY(store_.tables.renew(store_.file));
  const auto checkpoint = store_.file.checkpoint();
  const auto counts = store_.tables.counts();
  auto fits = put(job, *folder);
  if (!fits || !*fits) {
    store_.file.roll_back(checkpoint);
    store_.tables.restore(counts);
    return fits;
  }
  for (std::size_t i = 0; i < job.indexes.size(); ++i)
    store_.last_index[i] = std::max(store_.last_index[i], job.indexes[i]);
  const auto flags = (*job.message)->fields.integer_or(model::pid::kMessageFlags, 0);
  store_.folders.add_row(*folder, job.associated, job.row, (flags & model::kFlagRead) == 0);
  return true;
}

Result<Nid> ItemPipeline::add(Nid folder, const model::Item& item, bool associated) {
  TRY(drain());
  Job job(store_.method);
  TRY(prepare(job, folder, item, associated));
  if (!job.is_large) encode(job);
  return commit(job);
}

Result<std::optional<Nid>> ItemPipeline::add_within(std::uint64_t max_bytes, Nid folder,
                                                    const model::Item& item, bool associated) {
  TRY(drain());
  Job job(store_.method);
  TRY(prepare(job, folder, item, associated));
  job.max_file_bytes = max_bytes;
  if (!job.is_large) encode(job);
  TRY_ASSIGN(const bool fits, commit_within(job));
  return fits ? std::optional<Nid>(job.nid) : std::nullopt;
}

Status ItemPipeline::submit(Nid folder, model::Item item, bool associated, Done done) {
  auto job = std::make_unique<Job>(store_.method);
  job->owned = std::move(item);
  job->done = std::move(done);
  if (Status s = prepare(*job, folder, job->owned, associated); !s) {
    TRY(drain());
    return job->done(std::move(s).error());
  }
  if (!encoders_) {
    if (!job->is_large) encode(*job);
    return job->done(commit(*job));
  }
  if (!job->is_large) job->encoded = encoders_->run([this, j = job.get()] { encode(*j); });
  pending_bytes_ += job->is_large ? 0 : job->bytes;
  jobs_.push_back(std::move(job));
  while (jobs_.size() > most_jobs_ || pending_bytes_ > kPendingMax) TRY(commit_first());
  return ok;
}

Status ItemPipeline::commit_first() {
  const auto job = std::move(jobs_.front());
  jobs_.pop_front();
  if (job->encoded.valid()) job->encoded.get();
  pending_bytes_ -= job->is_large ? 0 : job->bytes;
  return job->done(commit(*job));
}

Status ItemPipeline::drain() {
  Status first = ok;
  while (!jobs_.empty())
    if (Status s = commit_first(); !s && first) first = std::move(s);
  return first;
}

}  // namespace mk::pst::write
