#include "ews/upload_items.h"

#include <gtest/gtest.h>

#include "ews/body.h"
#include "ews/string_transport.h"

namespace mk::ews {
namespace {

std::string text_of(const BlobPtr& blob, std::uint64_t offset, std::size_t piece) {
  auto source = blob->open(offset);
  EXPECT_TRUE(source);
  std::string out;
  for (std::string buffer(piece, '\0');;) {
    const auto n = (*source)->read(std::as_writable_bytes(std::span(buffer)));
    EXPECT_TRUE(n);
    if (*n == 0) return out;
    out.append(buffer, 0, *n);
  }
}

TEST(Body, GivesTheSameTextFromAnyPlaceInAnyPieces) {
  const std::string bytes = "any carnal pleasure";
  const BlobPtr body =
      concatenate({make_memory_blob("<a>"), base64_text(make_memory_blob(bytes)), make_memory_blob(""),
                   base64_text(make_memory_blob("")), make_memory_blob("</a>")});
  const std::string expected = "<a>" + to_base64(as_bytes(bytes)) + "</a>";
  EXPECT_EQ(body->size(), expected.size());
  for (std::size_t at = 0; at <= expected.size(); ++at)
    for (std::size_t piece : {1u, 4u, 1000u}) EXPECT_EQ(text_of(body, at, piece), expected.substr(at)) << at;
}

TEST(Body, EncodesLargeBlobsLikeTheWhole) {
  std::string bytes(200'001, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  const std::string expected = to_base64(as_bytes(bytes));
  const BlobPtr text = base64_text(make_memory_blob(bytes));
  EXPECT_EQ(text->size(), expected.size());
  EXPECT_EQ(text_of(text, 0, 5000), expected);
  EXPECT_EQ(text_of(text, 70'001, 65536), expected.substr(70'001));
}

TEST(UploadItems, SendsItemsAsBase64AndReadsTheirIds) {
  StringTransport t(
      {{.body = soap("UploadItems", success("UploadItems", "<m:ItemId Id='N1' ChangeKey='K'/>") +
                                        failure("UploadItems", "ErrorQuotaExceeded"))},
       {.body = soap("UploadItems", "")}});
  Session session{t};
  const std::vector<model::Upload> items = {{{"F&"}, false, make_memory_blob("hello")},
                                            {{"G"}, true, make_memory_blob("")}};
  const auto results = upload_items(session, items);
  ASSERT_TRUE(results);
  EXPECT_EQ(t.last_body(),
            R"(<m:UploadItems><m:Items><t:Item CreateAction="CreateNew"><t:ParentFolderId Id="F&amp;"/>)"
            R"(<t:Data>aGVsbG8=</t:Data></t:Item><t:Item CreateAction="CreateNew" IsAssociated="true">)"
            R"(<t:ParentFolderId Id="G"/><t:Data></t:Data></t:Item></m:Items></m:UploadItems>)");
  EXPECT_EQ((*results)[0]->id.value, "N1");
  EXPECT_EQ((*results)[0]->change_key.value, "K");
  EXPECT_EQ((*results)[1].error().code, Code::kExhausted);
  EXPECT_EQ(t.requests[0].size(), upload_request(session, items)->size());
  EXPECT_EQ(upload_items(session, items).error().code, Code::kCorrupt) << "no results";
}

TEST(UploadItems, GivesTheItemThatIsNamedOtherContent) {
  StringTransport t(
      {{.body = soap("UploadItems", success("UploadItems", "<m:ItemId Id='I&amp;' ChangeKey='K2'/>") +
                                        failure("UploadItems", "ErrorItemNotFound"))}});
  Session session{t};
  const auto results = upload_items(session, {{{"F"}, false, make_memory_blob("hello"), {"I&"}},
                                              {{"F"}, true, make_memory_blob(""), {"gone"}}});
  ASSERT_TRUE(results);
  EXPECT_EQ(t.last_body(),
            R"(<m:UploadItems><m:Items><t:Item CreateAction="Update"><t:ParentFolderId Id="F"/>)"
            R"(<t:ItemId Id="I&amp;"/><t:Data>aGVsbG8=</t:Data></t:Item>)"
            R"(<t:Item CreateAction="Update" IsAssociated="true"><t:ParentFolderId Id="F"/>)"
            R"(<t:ItemId Id="gone"/><t:Data></t:Data></t:Item></m:Items></m:UploadItems>)");
  EXPECT_EQ((*results)[0]->id.value, "I&");
  EXPECT_EQ((*results)[0]->change_key.value, "K2");
  EXPECT_EQ((*results)[1].error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mk::ews
