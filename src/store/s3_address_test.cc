#include "store/s3_address.h"

#include <gtest/gtest.h>

namespace mk::store {
namespace {

struct Row {
  const char *url, *endpoint, *region;
  S3Style style;
  const char *at, *host, *root, *prefix;
};

const Row kRows[] = {
    {"s3://bucket", "", "", S3Style::kAuto, "https://bucket.s3.us-east-1.amazonaws.com",
     "bucket.s3.us-east-1.amazonaws.com", "/", ""},
    {"s3:bucket/a/b/", "", "eu-west-1", S3Style::kAuto, "https://bucket.s3.eu-west-1.amazonaws.com",
     "bucket.s3.eu-west-1.amazonaws.com", "/", "a/b/"},
    {"s3://b.with.dots/a", "", "", S3Style::kAuto, "https://s3.us-east-1.amazonaws.com",
     "s3.us-east-1.amazonaws.com", "/b.with.dots/", "a/"},
    {"s3://bucket/a", "http://127.0.0.1:9000/", "", S3Style::kAuto, "http://127.0.0.1:9000", "127.0.0.1:9000",
     "/bucket/", "a/"},
    {"s3://bucket/a", "s3.example.com:443", "", S3Style::kAuto, "https://s3.example.com:443",
     "s3.example.com", "/bucket/", "a/"},
    {"s3://bucket/a", "http://s3.example.com:443", "", S3Style::kAuto, "http://s3.example.com:443",
     "s3.example.com:443", "/bucket/", "a/"},
    {"s3://bucket/a", "http://localhost:9000", "", S3Style::kVirtual, "http://bucket.localhost:9000",
     "bucket.localhost:9000", "/", "a/"},
    {"s3://bucket/a", "http://[::1]:9000", "", S3Style::kAuto, "http://[::1]:9000", "[::1]:9000", "/bucket/",
     "a/"},
};

TEST(S3Address, SaysWhereRequestsGo) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.url);
    const auto a = parse_s3_address(row.url, row.endpoint, row.region, row.style);
    ASSERT_TRUE(a) << a.error().what;
    EXPECT_EQ(a->url, row.at);
    EXPECT_EQ(a->host, row.host);
    EXPECT_EQ(a->root, row.root);
    EXPECT_EQ(a->prefix, row.prefix);
  }
}

TEST(S3Address, RefusesWhatIsNoPlace) {
  for (const char* url : {"", "dir", "s3:", "s3://", "s3:///x", "s3://a b/x", "s3://..", "s3://b/a//b",
                          "s3://b/../a", "s3://b/a/.", "s3://b/a\nb"})
    EXPECT_EQ(parse_s3_address(url, "", "", S3Style::kAuto).error().code, Code::kInvalid) << url;
  for (const char* endpoint : {"ftp://x", "https://", "https://user:pw@host", "https://host/path",
                               "https://host:", "https://host:123456", "https://host:12a", "https://ho st"})
    EXPECT_EQ(parse_s3_address("s3://b", endpoint, "", S3Style::kAuto).error().code, Code::kInvalid)
        << endpoint;
  EXPECT_EQ(parse_s3_address("s3://b", "", "eu west", S3Style::kAuto).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace mk::store
