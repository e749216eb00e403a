#include "ews/export_items.h"

#include <gtest/gtest.h>

#include "ews/string_transport.h"

namespace mk::ews {
namespace {

/// Writes down all calls: `begin A`, bytes, `end A`, `fail A not found`.
class Recorder final : public model::ItemReceiver {
 public:
  std::vector<std::string> calls;
  std::string bytes;
  bool refuse = false;

  Result<ByteSink*> begin(const model::ItemId& id) override {
    calls.push_back("begin " + id.value);
    bytes.clear();
    if (refuse) return Error{Code::kExhausted, "disk full"};
    return &sink_;
  }
  Status end(const model::ItemId& id) override {
    calls.push_back("end " + id.value + " " + bytes);
    return ok;
  }
  Status fail(const model::ItemId& id, Error why) override {
    calls.push_back("fail " + id.value + " " + std::string(code_name(why.code)));
    return ok;
  }

 private:
  StringSink sink_{bytes};
};

std::string data(const std::string& id, const std::string& base64) {
  return success("ExportItems", "<m:ItemId Id=\"" + id + "\"/><m:Data>" + base64 + "</m:Data>");
}

using Calls = std::vector<std::string>;

TEST(ExportItems, StreamsEachItemAndTellsErrorsOfOthers) {
  const std::string body =
      soap("ExportItems", data("A", "\r\n  aGVs\r\n  bG8=  ") + failure("ExportItems", "ErrorItemNotFound") +
                              data("C", "") + success("ExportItems", "") +
                              failure("ExportItems", "ErrorCorruptData"));
  for (std::size_t piece : {1u, 7u, 10000u}) {
    StringTransport t({{.body = body}}, piece);
    Session session{t};
    Recorder r;
    ASSERT_TRUE(export_items(session, {{"A"}, {"B"}, {"C"}, {"D"}, {"E"}}, r));
    EXPECT_EQ(
        t.last_body(),
        R"(<m:ExportItems><m:ItemIds><t:ItemId Id="A"/><t:ItemId Id="B"/><t:ItemId Id="C"/><t:ItemId Id="D"/>)"
        R"(<t:ItemId Id="E"/></m:ItemIds></m:ExportItems>)");
    EXPECT_EQ(r.calls, (Calls{"begin A", "end A hello", "fail B not found", "begin C", "end C ",
                              "fail D corrupt", "fail E corrupt"}));
  }
}

TEST(ExportItems, LeavesACutItemUnfinished) {
  const std::string whole = soap("ExportItems", data("A", "aGVsbG8=") + data("B", "d29ybGQ="));
  const std::pair<const char*, std::string> rows[] = {
      {"marker inside the data",
       soap("ExportItems", data("A", "aGVsbG8=") + data("B", "d29=== Truncated Data ==="))},
      {"marker behind the document", whole + "=== Truncated Data ==="},
      {"base64 that ends inside a group", soap("ExportItems", data("A", "aGVsbG8=") + data("B", "d29yb"))},
      {"a stream that ends inside the data", whole.substr(0, whole.find("d29yb") + 6)},
      {"marker instead of the rest of the XML",
       whole.substr(0, whole.find("d29yb") + 6) + "=== Truncated Data ==="},
      {"fewer answers than items", soap("ExportItems", data("A", "aGVsbG8="))},
  };
  for (const auto& [name, body] : rows) {
    SCOPED_TRACE(name);
    StringTransport t({{.body = body}});
    Session session{t};
    Recorder r;
    const auto status = export_items(session, {{"A"}, {"B"}}, r);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kTruncated) << status.error().what;
    ASSERT_GE(r.calls.size(), 2u);
    EXPECT_EQ(r.calls[1], "end A hello");
    EXPECT_TRUE(r.calls.size() == 2 || (r.calls.size() == 3 && r.calls[2] == "begin B"));
  }
}

TEST(ExportItems, StopsWhenTheReceiverFails) {
  StringTransport t({{.body = soap("ExportItems", data("A", "aGVsbG8=") + data("B", "d29ybGQ="))}});
  Session session{t};
  Recorder r;
  r.refuse = true;
  EXPECT_EQ(export_items(session, {{"A"}, {"B"}}, r).error().code, Code::kExhausted);
  EXPECT_EQ(r.calls, Calls{"begin A"});
}

TEST(ExportItems, RefusesMoreAnswersThanItems) {
  StringTransport t({{.body = soap("ExportItems", data("A", "aGVsbG8=") + data("B", "d29ybGQ="))}});
  Session session{t};
  Recorder r;
  EXPECT_EQ(export_items(session, {{"A"}}, r).error().code, Code::kCorrupt);
}

TEST(ExportItems, LeavesTheUnfinishedItemToTheCallerWhenTheConnectionBreaks) {
  const std::string whole = soap("ExportItems", data("A", "aGVsbG8=") + data("B", "d29ybGQ="));
  StringTransport t({{.body = whole.substr(0, whole.find("d29yb") + 4), .breaks = true}});
  Session session{t};
  Recorder r;
  EXPECT_EQ(export_items(session, {{"A"}, {"B"}}, r).error().code, Code::kUnavailable);
  EXPECT_EQ(r.calls, (Calls{"begin A", "end A hello", "begin B"}));
}

}  // namespace
}  // namespace mk::ews
