#include "store/s3_answer.h"

#include <gtest/gtest.h>

namespace mk::store {
namespace {

TEST(S3Answer, GivesThePagesOfAListing) {
  // the form of the Amazon S3 API reference, ListObjectsV2
  const auto page = read_list_page(as_bytes(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
      "  "
      "<Name>bucket</Name><Prefix/><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><EncodingType>url</"
      "EncodingType>\n"
      "  <IsTruncated>true</IsTruncated><NextContinuationToken>1ueGcx&amp;Hw=</NextContinuationToken>\n"
      "  <Contents><Key>a/%C3%BC+b%20c</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>\n"
      "    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>\n"
      "    <StorageClass>STANDARD</StorageClass><Owner><ID>x</ID></Owner></Contents>\n"
      "  <Contents><Size>0</Size><Key>b</Key></Contents>\n"
      "</ListBucketResult>\n"));
  ASSERT_TRUE(page) << page.error().what;
  ASSERT_EQ(page->objects.size(), 2u);
  EXPECT_EQ(page->objects[0].key, "a/\u00fc b c");
  EXPECT_EQ(page->objects[0].bytes, 434234u);
  EXPECT_EQ(page->objects[1].key, "b");
  EXPECT_TRUE(page->is_truncated);
  EXPECT_EQ(page->next_token, "1ueGcx&Hw=");
  EXPECT_EQ(
      read_list_page(as_bytes("<ListBucketResult><Contents><Key>a+%</Key></Contents></ListBucketResult>"))
          ->objects[0]
          .key,
      "a+%")
      << "only what is said to be encoded is decoded";
}

TEST(S3Answer, GivesFaultsAndNothingForOtherDocuments) {
  const auto fault = read_fault(
      as_bytes("<?xml version=\"1.0\"?><Error><Code>PermanentRedirect</Code><Message>elsewhere</Message>"
               "<Endpoint>b.s3.eu</Endpoint><Region>eu</Region><ServerTime>2027-01-15T08:17:03Z</"
               "ServerTime></Error>"));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, "PermanentRedirect");
  EXPECT_EQ(fault->message, "elsewhere");
  EXPECT_EQ(fault->endpoint, "b.s3.eu");
  EXPECT_EQ(fault->region, "eu");
  EXPECT_EQ(fault->server_time, "2027-01-15T08:17:03Z");
  for (const char* text :
       {"", "busy", "<html><Code>x</Code></html>", "<Error></Error>", "<Error><Code>x</Code>"})
    EXPECT_FALSE(read_fault(as_bytes(text))) << text;
}

TEST(S3Answer, GivesTheSmallOnes) {
  EXPECT_EQ(*read_upload_id(as_bytes("<a:InitiateMultipartUploadResult xmlns:a='u'><a:UploadId>x</a:UploadId>"
                                     "</a:InitiateMultipartUploadResult>")),
            "x");
  EXPECT_FALSE(read_upload_id(as_bytes("<InitiateMultipartUploadResult/>")));
  EXPECT_TRUE(read_completion(
      as_bytes("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")));
  EXPECT_FALSE(read_completion(as_bytes("<Error><Code>InternalError</Code></Error>")));
  EXPECT_EQ(*read_versioning(as_bytes("<VersioningConfiguration/>")), "");
  EXPECT_EQ(*read_versioning(
                as_bytes("<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>")),
            "Suspended");
  const auto lock = read_object_lock(as_bytes(
      "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
      "<Mode>GOVERNANCE</Mode><Years>2</Years></DefaultRetention></Rule></ObjectLockConfiguration>"));
  EXPECT_TRUE(lock->enabled && lock->mode == "GOVERNANCE" && lock->retention == "2 years");
}

TEST(S3Answer, GivesVersionsAndMarksOfDeletions) {
  const auto page = read_versions_page(
      as_bytes("<ListVersionsResult><EncodingType>url</EncodingType><DeleteMarker><Key>a%20b</"
               "Key><VersionId>2</VersionId>"
               "</DeleteMarker><Version><Key>a%20b</Key><VersionId>1</VersionId><Size>7</Size></Version>"
               "<IsTruncated>true</IsTruncated><NextKeyMarker>a%20b</NextKeyMarker></ListVersionsResult>"));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->versions.size(), 2u);
  EXPECT_TRUE(page->versions[0].is_marker && page->versions[0].id == "2" && page->versions[0].key == "a b");
  EXPECT_TRUE(!page->versions[1].is_marker && page->versions[1].id == "1" && page->versions[1].bytes == 7);
  EXPECT_EQ(page->next_key, "a b");
  EXPECT_FALSE(read_versions_page(
      as_bytes("<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>")));
  const auto lock =
      read_retention(as_bytes("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2027-01-15T08:00:00.5Z</"
                              "RetainUntilDate></Retention>"));
  EXPECT_TRUE(lock->mode == "COMPLIANCE" && lock->until == *parse_utc("2027-01-15T08:00:00.5Z"));
  EXPECT_FALSE(read_retention(as_bytes("<Retention><Mode>COMPLIANCE</Mode></Retention>")));
}

TEST(S3Answer, IsBounded) {
  std::string deep, long_text = "<Error><Code>" + std::string(20'000, 'x') + "</Code></Error>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  const std::string bombs[] = {"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><ListBucketResult>&a;</ListBucketResult>",
                               "<ListBucketResult>" + deep, long_text,
                               "<ListBucketResult><" + std::string(300, 'x') + "/></ListBucketResult>"};
  for (const auto& bomb : bombs) {
    EXPECT_FALSE(read_list_page(as_bytes(bomb)));
    EXPECT_FALSE(read_fault(as_bytes(bomb)));
  }
}

}  // namespace
}  // namespace mk::store
