// mk_log_speed fill DIR N   a vault's log with N records, as hourly backups, retention and prune leave it
// mk_log_speed read DIR     reads it as opening a vault does; prints JSON: seconds, CPU seconds, requests to
//                           the store, peak MB, records, points, packs
// mk_log_speed whole DIR    the same as `check` does, from the first record
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <deque>

#include "base/hash.h"
#include "base/time.h"
#include "vault/fault_store.h"
#include "vault/local_store.h"
#include "vault/log_chain.h"

namespace mk::bench {
namespace {

using namespace vault;

constexpr std::uint64_t kPointsKept = 10'000, kSessionsPerPrune = 1'000;

/// Does not wait for the medium: a million records in minutes.
class HastyDisk final : public Disk {
 public:
  Status write_new(const Path& path, Bytes bytes) override { return disk_->write_new(path, bytes); }
  Status sync(const Path&) override { return ok; }
  Status rename_new(const Path& from, const Path& to) override { return disk_->rename_new(from, to); }
  Status sync_directory(const Path&) override { return ok; }
  Status make_directory(const Path& dir) override { return disk_->make_directory(dir); }
  Status remove(const Path& path) override { return disk_->remove(path); }
  Result<ByteString> read(const Path& path, std::uint64_t offset, std::uint64_t length) override {
    return disk_->read(path, offset, length);
  }
  Result<std::uint64_t> size(const Path& path) override { return disk_->size(path); }
  Result<std::vector<std::string>> list(const Path& dir, const std::string& prefix) override {
    return disk_->list(dir, prefix);
  }

 private:
  std::unique_ptr<Disk> disk_ = make_disk();
};

class Filler {
 public:
  Filler(Store& store, const Keys& keys) : log_(store, VaultId{}, &keys) {}

  Status run(std::uint64_t n) {
    for (std::uint64_t session = 0; log_.head().number.value < n; ++session) {
      TRY(append(LogType::kOpen, log_.head().number, {}));
      const LogNumber opened = log_.head().number;
      const PackId pack = PackId::of(sha256(as_bytes(std::to_string(session))));
      TRY(append(LogType::kCommit, opened, {pack}));
      points_.emplace_back(log_.head().number, pack);
      if (points_.size() > kPointsKept) TRY(forget_one());
      if (session % kSessionsPerPrune == 0) TRY(prune());
    }
    return ok;
  }

 private:
  Status append(LogType type, LogNumber target, std::vector<PackId> packs) {
    Draft draft;
    draft.head.type = type, draft.head.target = target;
    draft.head.root.bytes[0] = 1;
    draft.packs = std::move(packs);
    draft.facts = {3, 20'000, 1'000'000'000, "20271127T060000Z anna.somebody@example.test"};
    TRY(log_.append(draft, to_file_time(system_clock().now())));
    return ok;
  }
  Status forget_one() {
    const auto [number, pack] = points_.front();
    points_.pop_front();
    unneeded_.push_back(pack);
    return append(LogType::kForget, number, {});
  }
  Status prune() {
    if (!condemned_.empty()) TRY(append(LogType::kDrop, log_.head().number, std::exchange(condemned_, {})));
    if (!unneeded_.empty()) TRY(append(LogType::kCondemn, {}, unneeded_));
    condemned_ = std::exchange(unneeded_, {});
    return ok;
  }
  LogChain log_;
  std::deque<std::pair<LogNumber, PackId>> points_;
  std::vector<PackId> unneeded_, condemned_;
};

double cpu_seconds(const rusage& use) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

Status read(Store& inner, const Keys& keys, bool whole) {
  FaultStore store(inner);
  std::uint64_t requests = 0;
  store.before = [&](FaultStore::Op, const std::string&) -> std::optional<Error> {
    ++requests;
    return std::nullopt;
  };
  LogChain log(store, VaultId{}, &keys);
  const auto start = system_clock().steady();
  TRY(whole ? log.read_whole() : log.read());
  const std::chrono::duration<double> took = system_clock().steady() - start;
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  fmt::print(
      "{{\"seconds\": {:.3f}, \"cpu\": {:.3f}, \"requests\": {}, \"peak_mb\": {}, \"records\": {}, "
      "\"points\": {}, "
      "\"packs\": {}}}\n",
      took.count(), cpu_seconds(use), requests, use.ru_maxrss / 1024, log.head().number.value,
      log.state().points().size(), log.state().packs().size());
  return ok;
}

Status work(const std::string& what, const char* dir, std::string_view records) {
  const auto store = make_local_store(dir, std::make_unique<HastyDisk>());
  const Keys keys = derive_keys(VaultId{}, SecretString(ByteString(32, 'm')));
  if (what != "fill") return read(*store, keys, what == "whole");
  std::uint64_t n = 0;
  std::from_chars(records.data(), records.data() + records.size(), n);
  return Filler(*store, keys).run(n);
}

}  // namespace
}  // namespace mk::bench

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (!(what == "fill" && argc == 4) && !((what == "read" || what == "whole") && argc == 3)) {
    fmt::print(stderr, "usage: mk_log_speed fill DIR N | read DIR | whole DIR\n");
    return 2;
  }
  const auto done = mk::bench::work(what, argv[2], argc == 4 ? argv[3] : "");
  if (!done) fmt::print(stderr, "mk_log_speed: {}\n", done.error().what);
  return done ? 0 : 1;
}
