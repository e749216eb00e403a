#include <gtest/gtest.h>

#include "ews/create_folder.h"
#include "ews/find_folder.h"
#include "ews/find_item.h"
#include "ews/get_folder.h"
#include "ews/get_item.h"
#include "ews/resolve_names.h"
#include "ews/string_transport.h"
#include "ews/sync_folder_hierarchy.h"
#include "ews/sync_folder_items.h"
#include "ews/update_folder.h"
#include "ews/update_item.h"
#include "model/tags.h"

namespace mk::ews {
namespace {

constexpr const char* kFolderShape =
    R"(<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/>)"
    R"(<t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURI FieldURI="folder:ParentFolderId"/>)"
    R"(<t:FieldURI FieldURI="folder:TotalCount"/><t:FieldURI FieldURI="folder:UnreadCount"/>)"
    R"(<t:FieldURI FieldURI="folder:ChildFolderCount"/><t:FieldURI FieldURI="folder:EffectiveRights"/>)"
    R"(<t:ExtendedFieldURI PropertyTag="0x3617" PropertyType="Integer"/><t:ExtendedFieldURI PropertyTag="0x0E08" PropertyType="Long"/>)"
    R"(</t:AdditionalProperties></m:FolderShape>)";
constexpr const char* kFolder =
    R"(<t:Folder><t:FolderId Id="F1" ChangeKey="C1"/><t:ParentFolderId Id="F0"/><t:FolderClass>IPF.Note</t:FolderClass>)"
    R"(<t:DisplayName>a/b &lt;&#x1;&gt;</t:DisplayName><t:TotalCount>7</t:TotalCount><t:ChildFolderCount>1</t:ChildFolderCount>)"
    R"(<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3617" PropertyType="Integer"/><t:Value>3</t:Value></t:ExtendedProperty>)"
    R"(<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0xe08" PropertyType="Long"/><t:Value>123456789012</t:Value></t:ExtendedProperty>)"
    R"(<t:EffectiveRights><t:Read>false</t:Read></t:EffectiveRights><t:UnreadCount>2</t:UnreadCount></t:Folder>)";

void expect_is_the_folder(const FolderInfo& f) {
  EXPECT_EQ(f.id.value, "F1");
  EXPECT_EQ(f.parent.value, "F0");
  EXPECT_EQ(f.name, "a/b <\xEF\xBF\xBD>");
  EXPECT_EQ(f.folder_class, "IPF.Note");
  EXPECT_EQ(f.total, 7u);
  EXPECT_EQ(f.unread, 2u);
  EXPECT_EQ(f.associated, 3u);
  EXPECT_EQ(f.size_bytes, 123456789012u);
  EXPECT_EQ(f.may_read, false);
  EXPECT_FALSE(f.is_search_folder);
}

TEST(Request, CarriesVersionAndImpersonation) {
  StringTransport t({{.body = soap("GetFolder", failure("GetFolder", "ErrorFolderNotFound"))}});
  Session session{t};
  session.version = ServerVersion::kExchange2010Sp2;
  session.impersonate = "a&b@example.test";
  ASSERT_TRUE(get_folder(session, {{{}, "inbox", {}}}, {}));
  EXPECT_EQ(
      t.requests[0],
      R"(<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/")"
      R"( xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types")"
      R"( xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><soap:Header>)"
      R"(<t:RequestServerVersion Version="Exchange2010_SP2"/><t:ExchangeImpersonation><t:ConnectingSID>)"
      R"(<t:PrimarySmtpAddress>a&amp;b@example.test</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>)"
      R"(</soap:Header><soap:Body><m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>)"
      R"(<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></soap:Body></soap:Envelope>)");
  EXPECT_EQ(session.server.build, 847u);
}

TEST(GetFolder, GivesOneResultForEachFolder) {
  StringTransport t({{.body = soap("GetFolder", success("GetFolder", std::string("<m:Folders>") + kFolder +
                                                                         "</m:Folders>") +
                                                    failure("GetFolder", "ErrorFolderNotFound"))}});
  Session session{t};
  const auto found =
      get_folder(session, {{{"F1"}, {}, {}}, {{}, "inbox", "b@example.test"}}, folder_fields());
  ASSERT_TRUE(found);
  EXPECT_EQ(t.last_body(),
            std::string("<m:GetFolder>") + kFolderShape +
                R"(<m:FolderIds><t:FolderId Id="F1"/><t:DistinguishedFolderId Id="inbox"><t:Mailbox>)"
                R"(<t:EmailAddress>b@example.test</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>)"
                R"(</m:FolderIds></m:GetFolder>)");
  ASSERT_EQ(found->size(), 2u);
  expect_is_the_folder(*(*found)[0]);
  EXPECT_EQ((*found)[1].error().code, Code::kNotFound);
  EXPECT_EQ((*found)[1].error().what, "ErrorFolderNotFound: It failed.");
}

TEST(GetFolder, RefusesAnAnswerWithFewerFoldersThanAsked) {
  StringTransport t({{.body = soap("GetFolder", "")}});
  Session session{t};
  session.answered = true;
  EXPECT_EQ(get_folder(session, {{{"F1"}, {}, {}}}, {}).error().code, Code::kCorrupt);
}

TEST(FindFolder, GoesOnWhereTheServerSays) {
  StringTransport t(
      {{.body = soap(
            "FindFolder",
            success("FindFolder",
                    std::string(R"(<m:RootFolder IndexedPagingOffset="250" TotalItemsInView="300" )"
                                R"(IncludesLastItemInRange="false"><t:Folders>)") +
                        kFolder +
                        "<t:SearchFolder><t:FolderId Id='S'/></t:SearchFolder></t:Folders></m:RootFolder>"))},
       {.body = soap("FindFolder",
                     success("FindFolder", R"(<m:RootFolder IncludesLastItemInRange="false"/>)"))}});
  Session session{t};
  const auto page = find_folder(session, {{}, "msgfolderroot", {}}, folder_fields(), 0);
  ASSERT_TRUE(page);
  EXPECT_EQ(
      t.last_body(),
      std::string(R"(<m:FindFolder Traversal="Deep">)") + kFolderShape +
          R"(<m:IndexedPageFolderView MaxEntriesReturned="1000" Offset="0" BasePoint="Beginning"/>)"
          R"(<m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>)");
  EXPECT_FALSE(page->last);
  EXPECT_EQ(page->next_offset, 250u);
  expect_is_the_folder(page->folders[0]);
  EXPECT_TRUE(page->folders[1].is_search_folder);
  EXPECT_EQ(find_folder(session, {{}, "msgfolderroot", {}}, {}, 5).error().code, Code::kCorrupt)
      << "a listing without end";
}

TEST(SyncFolderItems, ReadsEveryKindOfChange) {
  const std::string changes =
      R"(<m:SyncState>S2</m:SyncState><m:IncludesLastItemInRange>false</m:IncludesLastItemInRange><m:Changes>)"
      R"(<t:Create><t:Message><t:ItemId Id="Ab" ChangeKey="K"/><t:ItemClass>IPM.Note</t:ItemClass><t:Size>99</t:Size>)"
      R"(<t:HasAttachments>true</t:HasAttachments><t:IsAssociated>false</t:IsAssociated><t:IsRead>true</t:IsRead></t:Message></t:Create>)"
      R"(<t:Update><t:CalendarItem><t:ItemId Id="aB"/><t:IsAssociated>true</t:IsAssociated></t:CalendarItem></t:Update>)"
      R"(<t:Delete><t:ItemId Id="d"/></t:Delete><t:ReadFlagChange><t:ItemId Id="r"/><t:IsRead>true</t:IsRead></t:ReadFlagChange></m:Changes>)";
  StringTransport t({{.body = soap("SyncFolderItems", success("SyncFolderItems", changes))}});
  Session session{t};
  const auto page = sync_folder_items(session, {"F&1"}, {"S1"});
  ASSERT_TRUE(page);
  EXPECT_EQ(
      t.last_body(),
      R"(<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>)"
      R"(<t:FieldURI FieldURI="item:ItemClass"/><t:FieldURI FieldURI="item:Size"/><t:FieldURI FieldURI="item:HasAttachments"/>)"
      R"(<t:FieldURI FieldURI="item:IsAssociated"/><t:FieldURI FieldURI="message:IsRead"/></t:AdditionalProperties></m:ItemShape>)"
      R"(<m:SyncFolderId><t:FolderId Id="F&amp;1"/></m:SyncFolderId><m:SyncState>S1</m:SyncState>)"
      R"(<m:MaxChangesReturned>512</m:MaxChangesReturned><m:SyncScope>NormalAndAssociatedItems</m:SyncScope></m:SyncFolderItems>)");
  ASSERT_EQ(page->changes.size(), 4u);
  EXPECT_EQ(page->state.value, "S2");
  EXPECT_FALSE(page->last);
  const auto& head = page->changes[0].head;
  EXPECT_TRUE(head.id.value == "Ab" && head.change_key.value == "K" && head.item_class == "IPM.Note");
  EXPECT_TRUE(head.size_bytes == 99 && head.has_attachments && !head.associated && head.read);
  EXPECT_TRUE(page->changes[1].head.associated);
  EXPECT_NE(page->changes[0].head.id, page->changes[1].head.id) << "ids differ by case";
  EXPECT_EQ(page->changes[2].kind, model::ItemChange::Kind::kDelete);
  EXPECT_TRUE(page->changes[3].kind == model::ItemChange::Kind::kReadFlag && page->changes[3].head.read);
}

TEST(SyncFolderItems, SaysConflictWhenTheStateIsNotValid) {
  StringTransport t(
      {{.body = soap("SyncFolderItems", failure("SyncFolderItems", "ErrorInvalidSyncStateData"))},
       {.body = soap("SyncFolderItems",
                     success("SyncFolderItems",
                             "<m:SyncState>S</m:SyncState>"
                             "<m:IncludesLastItemInRange>false</m:IncludesLastItemInRange><m:Changes/>"))},
       {.body = soap("SyncFolderItems", success("SyncFolderItems", "<m:Changes/>"))}});
  Session session{t};
  EXPECT_EQ(sync_folder_items(session, {"F"}, {"bad"}).error().code, Code::kConflict);
  EXPECT_EQ(sync_folder_items(session, {"F"}, {"S"}).error().code, Code::kCorrupt)
      << "a page that leads nowhere";
  EXPECT_EQ(sync_folder_items(session, {"F"}, {}).error().code, Code::kCorrupt) << "no state";
  EXPECT_EQ(t.last_body().find("SyncState"), std::string::npos);
}

TEST(SyncFolderHierarchy, ReadsChanges) {
  StringTransport t(
      {{.body = soap(
            "SyncFolderHierarchy",
            success("SyncFolderHierarchy",
                    std::string("<m:SyncState>H</m:SyncState><m:IncludesLastFolderInRange>true</"
                                "m:IncludesLastFolderInRange>"
                                "<m:Changes><t:Create>") +
                        kFolder + "</t:Create><t:Delete><t:FolderId Id='D'/></t:Delete></m:Changes>"))}});
  Session session{t};
  const auto page = sync_folder_hierarchy(session, {{}, "msgfolderroot", {}}, {"H0"});
  ASSERT_TRUE(page);
  EXPECT_EQ(t.last_body(),
            std::string("<m:SyncFolderHierarchy>") + kFolderShape +
                R"(<m:SyncFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:SyncFolderId>)"
                R"(<m:SyncState>H0</m:SyncState></m:SyncFolderHierarchy>)");
  ASSERT_EQ(page->changes.size(), 2u);
  expect_is_the_folder(page->changes[0].folder);
  EXPECT_TRUE(page->changes[1].kind == FolderChange::Kind::kDelete &&
              page->changes[1].folder.id.value == "D");
  EXPECT_TRUE(page->last);
}

TEST(FindItem, RestrictsToItemsThatCarryANamedProperty) {
  const auto marker = named_field(model::string_name(model::pset::kPublicStrings, "x-\"mark\""), "String");
  StringTransport t(
      {{.body = soap(
            "FindItem",
            success(
                "FindItem",
                R"(<m:RootFolder IndexedPagingOffset="2" TotalItemsInView="2" IncludesLastItemInRange="true"><t:Items><t:Message><t:ItemId Id="1"/>)"
                R"(<t:Size>5</t:Size><t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="00020329-0000-0000-C000-000000000046")"
                R"( PropertyName="x-&quot;mark&quot;" PropertyType="String"/><t:Value>v</t:Value></t:ExtendedProperty></t:Message>)"
                R"(<t:Message><t:ItemId Id="2"/></t:Message></t:Items></m:RootFolder>)"))},
       {.body = soap("FindItem", success("FindItem", R"(<m:RootFolder IncludesLastItemInRange="true"/>)"))}});
  Session session{t};
  FindItemQuery query{
      {{"F"}, {}, {}}, false, {{"item:Size"}, {marker}}, Restriction{marker, std::nullopt}, 0, 500};
  const auto page = find_item(session, query);
  ASSERT_TRUE(page);
  const std::string uri =
      R"(<t:ExtendedFieldURI PropertySetId="00020329-0000-0000-c000-000000000046" PropertyName="x-&quot;mark&quot;" PropertyType="String"/>)";
  EXPECT_EQ(
      t.last_body(),
      R"(<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>)"
      R"(<t:FieldURI FieldURI="item:Size"/>)" +
          uri +
          R"(</t:AdditionalProperties></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="500" Offset="0" BasePoint="Beginning"/>)"
          R"(<m:Restriction><t:Exists>)" +
          uri +
          R"(</t:Exists></m:Restriction><m:ParentFolderIds><t:FolderId Id="F"/></m:ParentFolderIds></m:FindItem>)");
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].extended[0], "v");
  EXPECT_FALSE(page->items[1].extended[0]);
  query.associated = true;
  query.restriction = Restriction{tagged_field(0x300B, "Binary"), "AQI="};
  ASSERT_TRUE(find_item(session, query));
  EXPECT_NE(
      t.last_body().find(
          R"(<m:Restriction><t:IsEqualTo><t:ExtendedFieldURI PropertyTag="0x300B" PropertyType="Binary"/>)"
          R"(<t:FieldURIOrConstant><t:Constant Value="AQI="/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>)"),
      std::string::npos);
  EXPECT_NE(t.last_body().find(R"(Traversal="Associated")"), std::string::npos);
}

TEST(GetItem, GivesLabelsAndErrorsItemByItem) {
  StringTransport t(
      {{.body = soap("GetItem",
                     success("GetItem",
                             "<m:Items><t:Message><t:ItemId Id='1'/><t:Subject>bell &#x7;</t:Subject>"
                             "<t:DateTimeReceived>2026-11-22T20:00:00Z</"
                             "t:DateTimeReceived><t:From><t:Mailbox><t:Name>Anna</t:Name>"
                             "<t:EmailAddress>anna@example.test</t:EmailAddress></t:Mailbox></t:From></"
                             "t:Message></m:Items>") +
                         failure("GetItem", "ErrorItemNotFound") + failure("GetItem", "ErrorCorruptData"))}});
  Session session{t};
  const auto found = get_item(session, {{"1"}, {"2"}, {"3"}}, label_fields());
  ASSERT_TRUE(found);
  EXPECT_NE(
      t.last_body().find(R"(<m:ItemIds><t:ItemId Id="1"/><t:ItemId Id="2"/><t:ItemId Id="3"/></m:ItemIds>)"),
      std::string::npos);
  EXPECT_EQ((*found)[0]->subject, "bell \xEF\xBF\xBD");
  EXPECT_EQ((*found)[0]->sender, "Anna");
  EXPECT_EQ(format_utc((*found)[0]->received), "2026-11-22T20:00:00Z");
  EXPECT_EQ((*found)[1].error().code, Code::kNotFound);
  EXPECT_EQ((*found)[2].error().code, Code::kCorrupt);
}

TEST(CreateFolder, ChoosesTheElementByClass) {
  const std::string made = success(
      "CreateFolder", "<m:Folders><t:Folder><t:FolderId Id='N' ChangeKey='K'/></t:Folder></m:Folders>");
  const std::pair<const char*, const char*> rows[] = {
      {"IPF.Appointment", "<t:CalendarFolder><t:DisplayName>a&lt;b</t:DisplayName></t:CalendarFolder>"},
      {"IPF.Contact", "<t:ContactsFolder><t:DisplayName>a&lt;b</t:DisplayName></t:ContactsFolder>"},
      {"IPF.Task", "<t:TasksFolder><t:DisplayName>a&lt;b</t:DisplayName></t:TasksFolder>"},
      {"IPF.Note.X",
       "<t:Folder><t:FolderClass>IPF.Note.X</t:FolderClass><t:DisplayName>a&lt;b</t:DisplayName></t:Folder>"},
      {"", "<t:Folder><t:DisplayName>a&lt;b</t:DisplayName></t:Folder>"}};
  for (const auto& [folder_class, element] : rows) {
    StringTransport t({{.body = soap("CreateFolder", made)}});
    Session session{t};
    const auto id = create_folder(session, {{"P"}, {}, {}}, "a<b", folder_class);
    ASSERT_TRUE(id);
    EXPECT_EQ(id->value, "N");
    EXPECT_EQ(t.last_body(),
              std::string(
                  "<m:CreateFolder><m:ParentFolderId><t:FolderId Id=\"P\"/></m:ParentFolderId><m:Folders>") +
                  element + "</m:Folders></m:CreateFolder>");
  }
  StringTransport t({{.body = soap("CreateFolder", failure("CreateFolder", "ErrorFolderExists"))}});
  Session session{t};
  EXPECT_EQ(create_folder(session, {{"P"}, {}, {}}, "x", "").error().code, Code::kConflict);
}

TEST(UpdateFolder, SetsOnlyWhatIsAskedFor) {
  StringTransport t({{.body = soap("UpdateFolder", success("UpdateFolder", ""))},
                     {.body = soap("UpdateFolder", failure("UpdateFolder", "ErrorFolderExists"))}});
  Session session{t};
  ASSERT_TRUE(update_folder(session, {"F"}, {"new", "IPF.Note"}));
  EXPECT_EQ(
      t.last_body(),
      R"(<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="F"/><t:Updates><t:SetFolderField>)"
      R"(<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>new</t:DisplayName></t:Folder></t:SetFolderField>)"
      R"(<t:SetFolderField><t:FieldURI FieldURI="folder:FolderClass"/><t:Folder><t:FolderClass>IPF.Note</t:FolderClass></t:Folder>)"
      R"(</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>)");
  EXPECT_EQ(update_folder(session, {"F"}, {"new", {}}).error().code, Code::kConflict);
}

TEST(UpdateItem, SetsTheReadStateAndCountsWhoHasOne) {
  StringTransport t({{.body = soap("UpdateItem", success("UpdateItem", "<m:Items/>") +
                                                     failure("UpdateItem", "ErrorItemNotFound"))}});
  Session session{t};
  const auto n = update_item_read(session, {{"A"}, {"B"}}, true);
  ASSERT_TRUE(n);
  EXPECT_EQ(*n, 1u);
  EXPECT_EQ(t.last_body().find("<m:UpdateItem MessageDisposition=\"SaveOnly\""), 0u) << "nothing is sent";
  EXPECT_NE(t.last_body().find("SuppressReadReceipts=\"true\""), std::string::npos);
  EXPECT_NE(t.last_body().find("<t:IsRead>true</t:IsRead>"), std::string::npos);
  session.version = ServerVersion::kExchange2010Sp2;
  EXPECT_EQ(update_item_read(session, {{"A"}}, true).error().code, Code::kUnsupported);
  EXPECT_EQ(t.requests.size(), 1u);
}

TEST(ResolveNames, ListsWhoMayBeMeant) {
  StringTransport t(
      {{.body = soap(
            "ResolveNames",
            R"(<m:ResolveNamesResponseMessage ResponseClass="Warning"><m:ResponseCode>)"
            R"(ErrorNameResolutionMultipleResults</m:ResponseCode><m:ResolutionSet TotalItemsInView="2"><t:Resolution><t:Mailbox>)"
            R"(<t:Name>Anna A</t:Name><t:EmailAddress>anna@example.test</t:EmailAddress></t:Mailbox></t:Resolution><t:Resolution><t:Mailbox>)"
            R"(<t:Name>Anna B</t:Name><t:EmailAddress>annab@example.test</t:EmailAddress></t:Mailbox></t:Resolution></m:ResolutionSet>)"
            R"(</m:ResolveNamesResponseMessage>)")},
       {.body = soap("ResolveNames", failure("ResolveNames", "ErrorNameResolutionNoResults"))}});
  Session session{t};
  const auto found = resolve_names(session, "anna");
  ASSERT_TRUE(found);
  EXPECT_EQ(
      t.last_body(),
      R"(<m:ResolveNames ReturnFullContactData="false" SearchScope="ActiveDirectory"><m:UnresolvedEntry>anna</m:UnresolvedEntry></m:ResolveNames>)");
  ASSERT_EQ(found->found.size(), 2u);
  EXPECT_EQ(found->found[1].address, "annab@example.test");
  EXPECT_TRUE(found->complete);
  EXPECT_EQ(resolve_names(session, "nobody").error().code, Code::kNotFound);
}

TEST(ResolveNames, SeesThatTheServerNamesNotAll) {
  const auto answer = [](const std::string& last, std::size_t n) {
    std::string xml =
        R"(<m:ResolveNamesResponseMessage ResponseClass="Warning"><m:ResponseCode>)"
        R"(ErrorNameResolutionMultipleResults</m:ResponseCode><m:ResolutionSet IncludesLastItemInRange=")" +
        last + "\">";
    for (std::size_t i = 0; i < n; ++i)
      xml +=
          "<t:Resolution><t:Mailbox><t:EmailAddress>a@example.test</t:EmailAddress></t:Mailbox></"
          "t:Resolution>";
    return StringTransport::Answer{
        .body = soap("ResolveNames", xml + "</m:ResolutionSet></m:ResolveNamesResponseMessage>")};
  };
  StringTransport t({answer("false", 3), answer("true", 99), answer("true", 100)});
  Session session{t};
  EXPECT_FALSE(resolve_names(session, "a")->complete);
  EXPECT_TRUE(resolve_names(session, "a")->complete);
  EXPECT_FALSE(resolve_names(session, "a")->complete);
}

}  // namespace
}  // namespace mk::ews
