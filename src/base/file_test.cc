#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace mk {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "mk-file-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(dir_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_), {}));
  }
  fs::path dir_;
};

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(FileTest, ReadsAndWritesAnywhere) {
  auto f = File::open(dir_ / "a", File::Mode::kCreate);
  ASSERT_TRUE(f);
  ASSERT_TRUE(f->write_at(3, as_bytes("def")));
  ASSERT_TRUE(f->write_at(0, as_bytes("abc")));
  EXPECT_EQ(*f->size(), 6u);
  std::array<std::byte, 4> some{};
  ASSERT_TRUE(f->read_at(1, some));
  EXPECT_EQ(as_chars(some), "bcde");
  EXPECT_EQ(*f->read_some_at(4, some), 2u);
  ASSERT_TRUE(f->truncate(2));
  EXPECT_EQ(contents(dir_ / "a"), "ab");
}

TEST_F(FileTest, SaysWhereAFileEndsTooEarly) {
  auto f = File::open(dir_ / "a", File::Mode::kCreate);
  ASSERT_TRUE(f->write_at(0, as_bytes("abc")));
  std::array<std::byte, 4> out{};
  const auto read = f->read_at(1, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kTruncated);
  EXPECT_NE(read.error().what.find("ends at byte 3"), std::string::npos) << read.error().what;
}

TEST_F(FileTest, NewFilesAreTheOwnersAlone) {
  ASSERT_TRUE(File::open(dir_ / "a", File::Mode::kCreate));
  struct stat st{};
  ASSERT_EQ(::stat((dir_ / "a").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(FileTest, NamesWhatIsMissingTakenOrNoFile) {
  const auto missing = File::open(dir_ / "none", File::Mode::kRead);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_NE(missing.error().what.find((dir_ / "none").string()), std::string::npos);
  ASSERT_TRUE(File::open(dir_ / "a", File::Mode::kCreateNew));
  EXPECT_EQ(File::open(dir_ / "a", File::Mode::kCreateNew).error().code, Code::kConflict);
  EXPECT_EQ(File::open(dir_, File::Mode::kReadWrite).error().code, Code::kInvalid);
  EXPECT_EQ(read_file(dir_).error().code, Code::kInvalid);
  EXPECT_EQ(File::open(dir_ / "a" / "b", File::Mode::kRead).error().code, Code::kNotFound);
}

TEST_F(FileTest, NamesWhatItMayNotOpen) {
  if (::geteuid() == 0) {  // root may everything: ask as somebody else
    fs::permissions(dir_, fs::perms::owner_all);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setuid(65534) != 0) ::_exit(2);
      const auto f = File::open(dir_ / "a", File::Mode::kCreate);
      const auto d = mk::create_directories(dir_ / "x" / "y");
      ::_exit(!f && f.error().code == Code::kDenied && !d && d.error().code == Code::kDenied ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  } else {
    fs::permissions(dir_, fs::perms::owner_read);
    EXPECT_EQ(File::open(dir_ / "a", File::Mode::kCreate).error().code, Code::kDenied);
    fs::permissions(dir_, fs::perms::owner_all);
  }
}

TEST_F(FileTest, AFullDiskIsExhaustedWithARemedy) {
  auto f = File::open("/dev/full", File::Mode::kReadWrite);
  if (!f) GTEST_SKIP() << "no /dev/full here";
  const auto written = f->write_at(0, as_bytes("x"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::kExhausted);
  EXPECT_NE(written.error().what.find("free some space"), std::string::npos);
  FileSink sink(*f);
  EXPECT_TRUE(sink.write(as_bytes("buffered")));
  EXPECT_EQ(sink.flush().error().code, Code::kExhausted);
}

TEST_F(FileTest, PastTheCacheTheSameBytesArrive) {
  for (const std::size_t offset : {0u, 1u, 4095u, 4096u, 5000u})
    for (const std::size_t n : {0u, 1u, 4095u, 4096u, 4097u, 3u * 1024 * 1024 + 17}) {
      std::string bytes(n, '\0');
      for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
      auto f = File::open(dir_ / "a", File::Mode::kCreate);
      ASSERT_TRUE(f && f->write_past_cache(offset, as_bytes(bytes)));
      EXPECT_EQ(contents(dir_ / "a").substr(std::min<std::size_t>(offset, *f->size())), bytes)
          << offset << ", " << n;
      ASSERT_TRUE(f->write_at(offset + n, as_bytes("more")));  // the descriptor is as it was
    }
}

TEST_F(FileTest, PastTheCacheAFullDiskIsExhaustedToo) {
  auto f = File::open("/dev/full", File::Mode::kReadWrite);
  if (!f) GTEST_SKIP() << "no /dev/full here";
  const auto done = f->write_past_cache(0, as_bytes(std::string(100'000, 'x')));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kExhausted);
}

TEST_F(FileTest, ATemporaryLeavesNoName) {
  auto f = File::open_temporary(dir_);
  ASSERT_TRUE(f);
  ASSERT_TRUE(f->write_at(0, as_bytes("x")));
  EXPECT_EQ(entries(), 0u);
  EXPECT_EQ(File::open_temporary(dir_ / "none").error().code, Code::kNotFound);
}

TEST_F(FileTest, OnlyOneHoldsTheLock) {
  auto first = File::open(dir_ / "lock", File::Mode::kCreate);
  auto second = File::open(dir_ / "lock", File::Mode::kReadWrite);
  ASSERT_TRUE(first->lock());
  EXPECT_EQ(second->lock().error().code, Code::kConflict);
  {
    const File gone = std::move(*first);
  }
  EXPECT_TRUE(second->lock());
}

TEST_F(FileTest, ASinkWritesThroughItsBufferInOrder) {
  auto f = File::open(dir_ / "a", File::Mode::kCreate);
  FileSink sink(*f, 0, 8);
  std::string all;
  for (const char* piece : {"abc", "defgh", "i", "a piece that is larger than the buffer", "", "z"}) {
    ASSERT_TRUE(sink.write(as_bytes(piece)));
    all += piece;
    EXPECT_EQ(sink.offset(), all.size());
  }
  ASSERT_TRUE(sink.flush());
  EXPECT_EQ(contents(dir_ / "a"), all);
}

TEST_F(FileTest, ABlobKeepsItsFileOpen) {
  BlobPtr blob;
  {
    auto f = File::open(dir_ / "a", File::Mode::kCreate);
    ASSERT_TRUE(f->write_at(0, as_bytes("0123456789")));
    blob = make_file_blob(std::make_shared<File>(std::move(*f)), 2, 5);
  }
  fs::remove(dir_ / "a");
  EXPECT_EQ(*read_all(**blob->open(), 99), "23456");
  EXPECT_EQ(*read_all(**blob->open(3), 99), "56");
  EXPECT_EQ(*read_all(**blob->open(9), 99), "");
}

TEST_F(FileTest, ABlobOverACutFileIsTruncated) {
  auto f = File::open(dir_ / "a", File::Mode::kCreate);
  ASSERT_TRUE(f->write_at(0, as_bytes("0123")));
  const auto blob = make_file_blob(std::make_shared<File>(std::move(*f)), 2, 5);
  EXPECT_EQ(read_all(**blob->open(), 99).error().code, Code::kTruncated);
}

TEST_F(FileTest, AtomicWritingReplacesInOneStep) {
  const auto path = dir_ / "manifest";
  ASSERT_TRUE(write_file_atomically(path, as_bytes("old")));
  ASSERT_TRUE(write_file_atomically(path, as_bytes("new")));
  EXPECT_EQ(*read_file(path), "new");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FileTest, AtomicWritingThatFailsLeavesNothingBehind) {
  fs::create_directory(dir_ / "manifest");  // cannot be replaced by a file
  EXPECT_FALSE(write_file_atomically(dir_ / "manifest", as_bytes("new")));
  EXPECT_EQ(entries(), 1u);
  EXPECT_EQ(write_file_atomically(dir_ / "none" / "m", as_bytes("x")).error().code, Code::kNotFound);
}

TEST_F(FileTest, ReadFileRefusesWhatIsTooLarge) {
  ASSERT_TRUE(write_file_atomically(dir_ / "a", as_bytes("12345")));
  EXPECT_EQ(read_file(dir_ / "a", 4).error().code, Code::kExhausted);
  EXPECT_EQ(*read_file(dir_ / "a", 5), "12345");
}

TEST_F(FileTest, RenamesOnlyToAFreeName) {
  ASSERT_TRUE(write_file_atomically(dir_ / "a", as_bytes("a")));
  ASSERT_TRUE(write_file_atomically(dir_ / "b", as_bytes("b")));
  const auto refused = rename_new(dir_ / "a", dir_ / "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(*read_file(dir_ / "b"), "b");
  ASSERT_TRUE(rename_new(dir_ / "a", dir_ / "c"));
  EXPECT_EQ(*read_file(dir_ / "c"), "a");
}

TEST_F(FileTest, CreatesDirectoriesAndNamesAFileInTheWay) {
  ASSERT_TRUE(mk::create_directories(dir_ / "a" / "b" / "c"));
  ASSERT_TRUE(mk::create_directories(dir_ / "a" / "b" / "c" / ""));
  EXPECT_TRUE(fs::is_directory(dir_ / "a" / "b" / "c"));
  ASSERT_TRUE(write_file_atomically(dir_ / "file", as_bytes("x")));
  for (const auto& path : {dir_ / "file", dir_ / "file" / "below"}) {
    const auto made = mk::create_directories(path);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::kInvalid);
    EXPECT_NE(made.error().what.find((dir_ / "file").string() + " is not a directory"), std::string::npos);
  }
}

}  // namespace
}  // namespace mk
