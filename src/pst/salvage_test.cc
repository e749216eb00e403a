// Salvage: what is read of damaged and cut files, measured against the undamaged ones.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <numeric>
#include <random>

#include "base/file.h"
#include "base/test_data.h"
#include "pst/copy.h"
#include "pst/disk/layout.h"
#include "pst/ndb/database.h"
#include "pst/ndb/scan.h"
#include "pst/reader.h"

namespace mk::pst {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Sample {
  std::string name;
  ByteString file;
};

bool is_torn(const std::string& name) {
  return name == "aspose-c__AddingBulkMessagesWithImprovedPerformance.pst";
}

/// All samples that are sound, of every form.
std::vector<Sample> samples() {
  std::vector<std::filesystem::path> paths;
  for (const auto& directory : {shared_data("pst"), npm_data("pst-extractor/example/testdata")})
    if (!directory.empty())
      for (const auto& entry : std::filesystem::directory_iterator(directory))
        if ((entry.path().extension() == ".pst" || entry.path().extension() == ".ost") &&
            !is_torn(entry.path().filename().string()))
          paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Sample> out;
  for (const auto& p : paths)
    if (auto bytes = read_file(p)) out.push_back({p.filename().string(), *std::move(bytes)});
  return out;
}

/// The values of an item, by where they are in it.
using Values = std::map<std::string, std::string>;

std::string bytes_of(const model::Property& p) {
  std::string out;
  for (const auto& e : p.value.elements()) out += e;
  std::array<std::byte, 16384> buffer;
  auto in = p.value.open();
  while (in) {
    const auto n = (*in)->read(buffer);
    if (!n || *n == 0) break;
    out += as_chars(Bytes(buffer).first(*n));
  }
  return out;
}

void add_values(const model::PropertyList& list, const std::string& where, Values& out) {
  for (const auto& p : list) out[fmt::format("{}/{:08x}", where, p.tag.value)] = bytes_of(p);
}

void add_values(const model::Item& item, const std::string& where, Values& out) {
  add_values(item.properties, where, out);
  for (std::size_t i = 0; i < item.recipients.size(); ++i)
    add_values(item.recipients[i], fmt::format("{}/to{}", where, i), out);
  for (const auto& a : item.attachments) {
    const auto number = a.properties.get_integer(0x0E21).value_or(&a - item.attachments.data());
    const std::string there = fmt::format("{}/attachment{}", where, number);
    add_values(a.properties, there, out);
    if (a.embedded) add_values(*a.embedded, there, out);
  }
}

struct Content {
  std::map<Nid, Values> items;
  std::map<std::string, Nid> by_key;  // PidTagSearchKey
  std::size_t folders = 0, incomplete = 0, unreadable = 0;
};

Content content_of(const PstFile& file, bool partial) {
  Content out;
  const auto folders = file.folders();
  std::vector<Nid> all{file.root_folder()};
  for (const auto& f : folders ? *folders : std::vector<FolderEntry>()) all.push_back(f.nid);
  out.folders = all.size();
  for (const Nid f : all) {
    for (const bool associated : {false, true}) {
      const auto ids = file.items(f, associated);
      for (const Nid id : ids ? *ids : std::vector<Nid>()) {
        std::vector<std::string> lost;
        const auto item = file.read_item(id, partial ? &lost : nullptr);
        if (!item) {
          ++out.unreadable;
          continue;
        }
        if (!lost.empty()) ++out.incomplete;
        add_values(*item, "", out.items[id]);
        out.by_key[item->properties.get_binary(0x300B).value_or("")] = id;
      }
    }
  }
  return out;
}

std::vector<std::string> names_of_folders(const PstFile& file) {
  std::vector<std::string> out;
  const auto folders = file.folders();
  for (const auto& f : folders ? *folders : std::vector<FolderEntry>()) out.push_back(f.name);
  return out;
}

ByteString with_zeros(ByteString file, std::uint64_t at, std::uint64_t n) {
  for (std::uint64_t i = at; i < std::min<std::uint64_t>(at + n, file.size()); ++i)
    file[static_cast<std::size_t>(i)] = '\0';
  return file;
}

std::shared_ptr<const ndb::Database> database_of(const ByteString& file) {
  auto db = ndb::Database::open(ndb::make_memory_storage(file), {});
  return db ? *db : nullptr;
}

unsigned level_of(const ndb::Database& db, const ByteString& file, disk::Bref page) {
  const auto tail = disk::decode_as<disk::BtPageTail>(
      db.layout().form,
      as_bytes(file).subspan(static_cast<std::size_t>(page.ib) + db.layout().bt_entries_bytes));
  return tail ? tail->cLevel : 0;
}

TEST(Scan, FindsAllNodesAndBlocksOfEverySample) {
  const auto all = samples();
  if (all.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  for (const auto& s : all) {
    SCOPED_TRACE(s.name);
    const auto db = database_of(s.file);
    ASSERT_TRUE(db);
    std::map<Nid, int> nodes;
    std::map<std::uint64_t, std::uint64_t> blocks;
    ndb::ScanVisitor visitor;
    visitor.node_page = [&](const disk::PageTrailer&, Bytes entries, std::size_t stride) {
      for (std::size_t at = 0; at < entries.size(); at += stride)
        ++nodes[Nid(load_le<std::uint32_t>(entries.data() + at))];
    };
    visitor.block = [&](const disk::BbtEntry& b) {
      if (b.cRef != 0 || db->header().root.fAMapValid == 0) blocks[Bid(b.BREF.bid).key()] = b.cb;
    };
    ASSERT_TRUE(ndb::scan(*ndb::make_memory_storage(s.file), db->layout(),
                          {true, db->header().root.fAMapValid != 0}, visitor));
    ASSERT_TRUE(
        db->visit_nodes([&](const ndb::Node& n) { EXPECT_TRUE(nodes.contains(n.nid)) << n.nid.value; }));
    ASSERT_TRUE(db->visit_blocks([&](const disk::BbtEntry& b) {
      const auto found = blocks.find(Bid(b.BREF.bid).key());
      ASSERT_TRUE(found != blocks.end()) << b.BREF.bid;
      EXPECT_EQ(found->second, b.cb);
    }));
  }
}

TEST(Salvage, OfASoundFileIsTheFile) {
  const auto all = samples();
  if (all.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  for (const auto& s : all) {
    SCOPED_TRACE(s.name);
    const auto sound = PstFile::open_bytes(s.file), salvaged = PstFile::open_bytes(s.file, {.salvage = true});
    ASSERT_TRUE(sound && salvaged);
    EXPECT_THAT((*salvaged)->warnings(), IsEmpty());
    EXPECT_EQ(names_of_folders(**sound), names_of_folders(**salvaged));
    const Content a = content_of(**sound, false), b = content_of(**salvaged, true);
    EXPECT_EQ(a.items, b.items);
    EXPECT_EQ(b.incomplete + b.unreadable, 0u);
  }
}

/// What must not matter: each of these is found by the scan.
TEST(Salvage, FindsAllItemsWithoutHeaderAndRoots) {
  const auto all = samples();
  if (all.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  for (const auto& s : all) {
    const auto db = database_of(s.file);
    ASSERT_TRUE(db);
    const disk::Root& root = db->header().root;
    const std::size_t page = db->layout().page_bytes;
    const auto sound = PstFile::open_bytes(s.file);
    ASSERT_TRUE(sound);
    const Content wanted = content_of(**sound, false);
    std::vector<std::pair<const char*, ByteString>> damaged = {
        {"header", with_zeros(s.file, 0, 600)},
        {"BBT root", with_zeros(s.file, root.BREFBBT.ib, page)},
        {"header and BBT root", with_zeros(with_zeros(s.file, 0, 600), root.BREFBBT.ib, page)}};
    if (level_of(*db, s.file, root.BREFNBT) > 0)  // else it is the one page that has the nodes
      damaged.emplace_back("NBT root", with_zeros(s.file, root.BREFNBT.ib, page));
    for (const auto& [what, file] : damaged) {
      SCOPED_TRACE(s.name + " without " + what);
      const auto salvaged = PstFile::open_bytes(file, {.salvage = true});
      ASSERT_TRUE(salvaged) << salvaged.error().what;
      const Content found = content_of(**salvaged, true);
      EXPECT_FALSE((*salvaged)->warnings().empty());
      for (const auto& [nid, values] : wanted.items) {
        const auto it = found.items.find(nid);
        ASSERT_TRUE(it != found.items.end()) << nid.value;
        EXPECT_EQ(it->second, values) << nid.value;
      }
    }
  }
}

TEST(Salvage, OpensAFileThatAnInterruptedWriterLeft) {
  const auto path = shared_data("pst/aspose-c__AddingBulkMessagesWithImprovedPerformance.pst");
  MK_SKIP_IF_ABSENT(path);
  const auto file = PstFile::open(path, {.salvage = true});
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_THAT((*file)->warnings().front(), HasSubstr("HEADER.dwCRCPartial"));
  EXPECT_GE(names_of_folders(**file).size(), 4u);
}

TEST(Salvage, SaysThatThereIsNothing) {
  for (const std::size_t n : {std::size_t{0}, std::size_t{511}, std::size_t{100'000}}) {
    const auto file = PstFile::open_bytes(ByteString(n, '\x55'), {.salvage = true});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, Code::kNotFound);
    EXPECT_THAT(file.error().what, HasSubstr("nothing to recover"));
  }
}

/// Damage to a file; the same in every run.
class Damager {
 public:
  explicit Damager(unsigned seed) : random_(seed) {}
  ByteString flips(ByteString f) {
    for (int i = 0; i < 64; ++i) f[place(f)] ^= static_cast<char>(1 << (i % 8));
    return f;
  }
  ByteString cut(const ByteString& f) { return f.substr(0, f.size() / 4 + place(f) * 3 / 4); }
  ByteString zeroed(ByteString f) {
    for (int i = 0; i < 4; ++i) f = with_zeros(std::move(f), place(f), 4096);
    return f;
  }

 private:
  std::size_t place(const ByteString& f) {
    return std::uniform_int_distribution<std::size_t>(0, f.size() - 1)(random_);
  }
  std::mt19937 random_;
};

/// The item of the undamaged file among what was read: by its id, or by its key when it got a new one.
const Values* find(const Content& got, Nid nid, const Values& wanted) {
  const auto it = got.items.find(nid);
  if (it != got.items.end()) return &it->second;
  const auto key = wanted.find("/300b0102");
  const auto by_key = key == wanted.end() ? got.by_key.end() : got.by_key.find(key->second);
  return by_key == got.by_key.end() ? nullptr : &got.items.at(by_key->second);
}

struct Saved {
  std::size_t files = 0, items = 0, found = 0, whole = 0;
  std::uint64_t bytes = 0, saved = 0;

  void add(const Content& wanted, const Content& got) {
    ++files;
    for (const auto& [nid, values] : wanted.items) {
      const Values* there = find(got, nid, values);
      if (there != nullptr) ++found;
      if (there != nullptr && *there == values) ++whole;
      ++items;
      for (const auto& [where, value] : values) {
        bytes += value.size();
        if (there == nullptr) continue;
        const auto same = there->find(where);
        if (same != there->end() && same->second.size() == value.size())
          saved += std::inner_product(value.begin(), value.end(), same->second.begin(), std::uint64_t{0},
                                      std::plus<>(), std::equal_to<>());
      }
    }
  }
  std::string text() const {
    const auto percent = [](std::uint64_t a, std::uint64_t b) { return 100.0 * double(a) / double(b); };
    return fmt::format("{} files, {} items: {:.1f} % found, {:.1f} % whole, {:.1f} % of {} bytes", files,
                       items, percent(found, items), percent(whole, items), percent(saved, bytes), bytes);
  }
};

std::filesystem::path new_file() { return std::filesystem::path(testing::TempDir()) / "mk_salvage_test.pst"; }

/// Copies what can be read; the new file must be sound and have the items that were read.
void rebuild(const PstFile& file, const Content& content) {
  CopyOptions options;
  options.partial = options.replace = true;
  const auto report = copy_pst(file, new_file(), options);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->items + report->associated + report->skipped.size(),
            content.items.size() + content.unreadable);
  const auto copy = PstFile::open(new_file());
  ASSERT_TRUE(copy) << copy.error().what;
  const Content there = content_of(**copy, false);
  EXPECT_EQ(there.items.size(), report->items + report->associated);
  EXPECT_EQ(there.unreadable, 0u);
  EXPECT_THAT((*copy)->warnings(), IsEmpty());
}

using Method = ByteString (*)(Damager&, const ByteString&);
struct Kind {
  const char* name;
  Method damage;
  double least_found, least_bytes;  // what was measured, and a little less
};

class RandomDamage : public testing::TestWithParam<Kind> {};

TEST_P(RandomDamage, NeverStopsSalvage) {
  const auto all = samples();
  if (all.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  const auto began = std::chrono::steady_clock::now();
  Saved saved;
  for (const auto& s : all) {
    const auto sound = PstFile::open_bytes(s.file);
    ASSERT_TRUE(sound);
    const Content wanted = content_of(**sound, false);
    const unsigned rounds = s.file.size() < 1'000'000 ? 6 : 2;
    for (unsigned seed = 1; seed <= rounds; ++seed) {
      SCOPED_TRACE(fmt::format("{} seed {}", s.name, seed));
      Damager damager(seed);
      const auto file = PstFile::open_bytes(GetParam().damage(damager, s.file), {.salvage = true});
      if (!file) {
        EXPECT_EQ(file.error().code, Code::kNotFound) << file.error().what;
        saved.add(wanted, {});
        continue;
      }
      const Content got = content_of(**file, true);
      saved.add(wanted, got);
      if (seed == 1) rebuild(**file, got);
    }
  }
  fmt::print("{}: {}\n", GetParam().name, saved.text());
  EXPECT_GE(double(saved.found), GetParam().least_found * double(saved.items));
  EXPECT_GE(double(saved.saved), GetParam().least_bytes * double(saved.bytes));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::minutes(10));
}

INSTANTIATE_TEST_SUITE_P(
    Salvage, RandomDamage,
    testing::Values(Kind{"flips", [](Damager& d, const ByteString& f) { return d.flips(f); }, 0.9, 0.9},
                    Kind{"cuts", [](Damager& d, const ByteString& f) { return d.cut(f); }, 0.9, 0.55},
                    Kind{"zeros", [](Damager& d, const ByteString& f) { return d.zeroed(f); }, 0.93, 0.93}),
    [](const auto& p) { return std::string(p.param.name); });

}  // namespace
}  // namespace mk::pst
