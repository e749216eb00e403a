#include "job/verify.h"

#include <fmt/format.h>

#include <map>

#include "base/hash.h"
#include "job/backup_directory.h"
#include "job/chain.h"
#include "job/compare_items.h"
#include "job/fetcher.h"
#include "job/pst_regenerate.h"
#include "job/vault_state.h"
#include "mapi/verdict.h"
#include "vault/object.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxListed = 1000;

void add_listed(std::vector<std::string>& list, std::string text) {
  if (list.size() < kMaxListed) list.push_back(std::move(text));
}

std::string label_of(const ItemLine& line) {
  return fmt::format("\"{}\" ({})", line.label.subject, line.head.id.value);
}

/// The item of a stream that is whole and says what was recorded. Errors: kCorrupt  what is wrong
Result<model::Item> sound_item(const ItemLine& line, const Result<BlobPtr>& stream) {
  if (!stream) return stream.error();
  TRY_ASSIGN(const auto in, (*stream)->open());
  mapi::ServerFacts facts;
  if (line.head.size_bytes != 0) facts.size_bytes = line.head.size_bytes;
  facts.has_attachments = line.head.has_attachments;
  const auto verdict = mapi::check_exported_item(*in, facts);
  if (verdict.wholeness != mapi::Wholeness::kWhole)
    return Error{Code::kCorrupt, fmt::format("the stored stream is {}: {}",
                                             mapi::wholeness_name(verdict.wholeness), verdict.evidence)};
  TRY_ASSIGN(auto described, describe_item(line.head, *stream));
  if (described.line.hash != line.hash)
    return Error{Code::kCorrupt, "the content differs from what was recorded"};
  return *std::move(described.item);
}

/// Checks one restore point of a directory.
class PointCheck {
 public:
  PointCheck(const Point& point, const VerifyOptions& options, VerifyReport& report)
      : point_(point), options_(options), report_(report) {}

  Status run() {
    check_files();
    auto lines = point_.for_each_line([this](const ItemLine& line, std::uint64_t) { return check(line); });
    if (!lines && lines.error().code == Code::kCancelled) return std::move(lines).error();
    if (!lines) problem(lines.error().what);
    check_psts();
    return ok;
  }

 private:
  void problem(std::string_view what) {
    ++report_.n_problems;
    add_listed(report_.problems, fmt::format("{}: {}", point_.manifest().name, what));
  }

  void check_files() {
    for (const auto& f : point_.manifest().files) {
      const auto file = File::open(point_.dir() / f.name, File::Mode::kRead);
      if (!file) {
        problem(file.error().what);
        continue;
      }
      const auto size = file->size();
      if (!size || *size != f.bytes)
        problem(fmt::format("{} has {} bytes, the manifest says {}", f.name, size ? *size : 0, f.bytes));
      else if (!f.sha256.empty() && digest(*file) != f.sha256)
        problem(f.name + " does not match its SHA-256");
    }
  }

  static std::string digest(const File& file) {
    Sha256 h;
    std::vector<std::byte> buffer(256 * 1024);
    for (std::uint64_t at = 0;;) {
      const auto n = file.read_some_at(at, buffer);
      if (!n || *n == 0) return to_hex(h.finish());
      h.update(Bytes(buffer).first(*n));
      at += *n;
    }
  }

  Status check(const ItemLine& line) {
    if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
    if (!line.is_item()) return ok;
    ++report_.items;
    report_.bytes += line.bytes;
    if (options_.progress != nullptr) ++options_.progress->items, options_.progress->bytes += line.bytes;
    if (const auto file = point_.manifest().pst_of(line)) ++in_pst_[*file];
    auto from_stream = point_.has_segment() ? check_stream(line) : std::nullopt;
    check_in_pst(line, std::move(from_stream));
    return ok;
  }

  /// Gives the item as the stream has it, when it is sound.
  std::optional<model::Item> check_stream(const ItemLine& line) {
    auto item = sound_item(line, point_.stream(line));
    if (item) return *std::move(item);
    problem(fmt::format("{}: {}", label_of(line), item.error().what));
    return std::nullopt;
  }

  void check_in_pst(const ItemLine& line, std::optional<model::Item> from_stream) {
    if (line.pst == 0)
      return problem(fmt::format("{} is not in its PST: {}", label_of(line), line.pst_error));
    auto item = point_.item_in_pst(line);
    if (!item) return problem(label_of(line) + " in the PST: " + item.error().what);
    if (!from_stream) return;
    const auto differs = difference(*std::move(from_stream), *std::move(item));
    if (!differs)
      problem(label_of(line) + " in the PST: " + differs.error().what);
    else if (!differs->empty())
      problem(fmt::format("{}: the PST differs from the stream: {}", label_of(line), *differs));
  }

  void check_psts() {
    for (const auto& set : point_.manifest().sets)
      for (const auto& name : set.files)
        if (std::filesystem::exists(point_.dir() / name)) check_pst(name);
  }

  void check_pst(const std::string& name) {
    const auto pst = pst::PstFile::open(point_.dir() / name);
    if (!pst) return problem(name + ": " + pst.error().what);
    const auto folders = (*pst)->folders();
    if (!folders) return problem(name + ": " + folders.error().what);
    std::uint64_t n = 0;
    for (const auto& f : *folders) n += f.items + f.associated;
    if (n != in_pst_[name])
      problem(fmt::format("{} holds {} items, the manifest lists {}", name, n, in_pst_[name]));
  }

  const Point& point_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  std::map<std::string, std::uint64_t> in_pst_;  // items by file
};

/// Checks one restore point of a vault.
class VaultPointCheck {
 public:
  VaultPointCheck(vault::ChunkSource& chunks, const VaultState& state, const VerifyOptions& options,
                  IdMap& seen, VerifyReport& report)
      : chunks_(chunks), state_(state), options_(options), seen_(seen), report_(report) {}

  Status run() {
    for (const auto& why : state_.point().lost_folders()) problem("a folder is lost: " + why);
    std::uint64_t n = 0, expected = 0;
    for (const auto& f : state_.manifest().folders) expected += sum(f.held);
    TRY(state_.for_each([&](const MailboxState::Held& held) { return ++n, check(held); },
                        [&](std::uint64_t lost, const Error& why) {
                          n += lost;
                          problem(fmt::format("{} items are lost: {}", lost, why.what));
                        }));
    if (n != expected) problem(fmt::format("{} items are there, the folders say {}", n, expected));
    const auto psts = archive::stored_psts(chunks_, state_.point().root());
    if (!psts) return problem("its PST files: " + psts.error().what), ok;
    for (const auto& pst : *psts)
      if (const Status sound = check(pst); !sound) {
        if (sound.error().code == Code::kCancelled) return sound;
        problem(fmt::format("{}: {}", pst.record.file, sound.error().what));
      }
    return ok;
  }

 private:
  /// What makes the file again is there. Its items are checked like all others, whichever files they are in.
  Status check(const archive::StoredPst& pst) {
    TRY(archive::read_layout(chunks_, pst));
    TRY(archive::for_each_item(chunks_, pst, [&](const archive::PstItem& item) -> Status {
      if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
      TRY_ASSIGN(const auto record, state_.point().find(item.key));
      return record ? Status(ok) : Error{Code::kCorrupt, "an item of it is not in the restore point"};
    }));
    if (pst.record.kept != archive::PstKept::kBytes) return ok;
    const auto bytes = vault::open_object(chunks_, pst.bytes);
    TRY_ASSIGN(const auto digest, sha256_of(*bytes));
    return digest == pst.record.sha256 ? Status(ok) : Error{Code::kCorrupt, "its bytes have another SHA-256"};
  }

  void problem(std::string_view what) {
    ++report_.n_problems;
    add_listed(report_.problems,
               fmt::format("{} {}: {}", state_.manifest().mailbox, state_.manifest().name, what));
  }

  Status check(const MailboxState::Held& held) {
    if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
    ++report_.items;
    report_.bytes += held.line.bytes;
    if (options_.progress != nullptr) ++options_.progress->items, options_.progress->bytes += held.line.bytes;
    const auto& object = held.line.stored.object;
    if (!seen_.insert(load_le<std::uint64_t>(object.id.bytes.data() + 8) ^ object.offset)) return ok;
    const auto item = sound_item(held.line, state_.stream(held));
    if (!item) problem(fmt::format("{}: {}", label_of(held.line), item.error().what));
    return ok;
  }

  vault::ChunkSource& chunks_;
  const VaultState& state_;
  const VerifyOptions& options_;
  IdMap& seen_;  // objects
  VerifyReport& report_;
};

/// Compares a state with the live mailbox.
class LiveCheck {
 public:
  LiveCheck(const MailboxState& state, model::MailboxSource& live, const VerifyOptions& options,
            VerifyReport& report)
      : state_(state), live_(live), options_(options), report_(report) {}

  Status run() {
    report_.compared = true;
    const auto& folders = state_.manifest().folders;
    for (std::size_t i = 0; i < folders.size(); ++i)
      if (folders[i].set >= 0 && folders[i].row.status == LedgerRow::Status::kCompared)
        TRY(folder(folders[i]));
    return state_.for_each([this](const MailboxState::Held& held) -> Status {
      const auto& id = state_.manifest().folders[held.folder].folder.id;
      if (seen_.contains(item_key(id, held.line.head.id))) return ok;
      ++report_.only_backup;
      add_listed(report_.differences, "only in the backup: " + label_of(held.line));
      return ok;
    });
  }

 private:
  Status folder(const FolderRecord& record) {
    model::SyncState state;
    for (bool last = false; !last;) {
      if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
      const auto page = live_.sync_items(record.folder.id, state);
      if (!page && page.error().code == Code::kNotFound) {
        add_listed(report_.differences, fmt::format("folder {} is not there any more", record.row.path));
        return ok;
      }
      if (!page) return page.error();
      for (const auto& change : page->changes) TRY(item(record.folder.id, change));
      last = page->last || (page->changes.empty() && page->state == state);
      state = page->state;
    }
    return refetch();
  }

  Status item(const model::FolderId& folder, const model::ItemChange& change) {
    if (change.kind != model::ItemChange::Kind::kCreate && change.kind != model::ItemChange::Kind::kUpdate)
      return ok;
    if (!seen_.insert(item_key(folder, change.head.id))) return ok;
    TRY_ASSIGN(const auto held, state_.find(folder, change.head.id));
    if (!held) {
      ++report_.only_live;
      add_listed(report_.differences, "only in the mailbox: " + change.head.id.value);
    } else if (held->head.change_key != change.head.change_key) {
      ++report_.changed;
      add_listed(report_.differences, "changed since: " + label_of(*held));
    } else {
      ++report_.same;
      if (options_.content) to_fetch_.emplace_back(change.head, held->hash);
    }
    return to_fetch_.size() < 10 ? Status(ok) : refetch();
  }

  Status refetch() {
    std::vector<model::ItemHead> heads;
    std::map<std::string, ByteString> hashes;
    for (const auto& [head, hash] : std::exchange(to_fetch_, {})) {
      heads.push_back(head);
      hashes.emplace(head.id.value, hash);
    }
    if (heads.empty()) return ok;
    return fetch_items(live_, heads, std::filesystem::temp_directory_path(), [&](const Fetched& f) -> Status {
      if (f.outcome == Fetched::Outcome::kWhole && f.line.hash == hashes[f.line.head.id.value]) return ok;
      ++report_.content_differs;
      add_listed(report_.differences, "content differs: " + label_of(f.line));
      return ok;
    });
  }

  const MailboxState& state_;
  model::MailboxSource& live_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  IdMap seen_;
  std::vector<std::pair<model::ItemHead, ByteString>> to_fetch_;
};

}  // namespace

Result<VerifyReport> run_verify(const VerifyOptions& options, model::MailboxSource* live) {
  TRY_ASSIGN(const BackupDirectory dir, BackupDirectory::open(options.directory));
  TRY_ASSIGN(const auto names, dir.points());
  if (names.empty())
    return Error{Code::kNotFound, fmt::format("{} holds no restore point yet; run a backup first",
                                              options.directory.string())};
  VerifyReport report;
  for (const auto& name : names) {
    const auto point = Point::open(dir.point(name));
    if (!point) {
      ++report.n_problems;
      add_listed(report.problems, name + ": " + point.error().what);
      continue;
    }
    ++report.points;
    TRY(PointCheck(**point, options, report).run());
  }
  if (live == nullptr) return report;
  TRY_ASSIGN(const Chain chain, Chain::open(dir, options.at));
  TRY(LiveCheck(chain, *live, options, report).run());
  return report;
}

Result<VerifyReport> run_verify(const VaultToVerify& vault, const VerifyOptions& options,
                                model::MailboxSource* live) {
  if (vault.points.empty())
    return Error{Code::kNotFound, "the vault holds no restore point of a mailbox; run a backup first"};
  VerifyReport report;
  IdMap seen;
  std::vector<archive::MailPoint> of_live;
  for (const auto& point : vault.points) {
    if (point.mailbox == vault.mailbox) of_live.push_back(point);
    const auto state = VaultState::open(vault.chunks, point);
    if (!state) {
      ++report.n_problems;
      add_listed(report.problems, state.error().what);
      continue;
    }
    ++report.points;
    TRY(VaultPointCheck(vault.chunks, **state, options, seen, report).run());
  }
  if (live == nullptr) return report;
  TRY_ASSIGN(const auto newest, find_mail_point(of_live, options.at));
  TRY_ASSIGN(const auto state, VaultState::open(vault.chunks, newest));
  TRY(LiveCheck(*state, *live, options, report).run());
  return report;
}

}  // namespace mk::job
