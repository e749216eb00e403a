#include "store_options.h"

#include <cstdlib>

#include "base/log.h"
#include "store/aws_credentials.h"
#include "store/s3_store.h"
#include "vault/local_store.h"

namespace mk::app {
namespace {

/// What the option says, else the first of the environment's variables that is set.
std::string or_environment(const std::string& value, std::initializer_list<const char*> names) {
  if (!value.empty()) return value;
  for (const char* name : names)
    if (const char* found = std::getenv(name); found != nullptr && *found != '\0') return found;
  return "";
}

store::S3Style style_of(const std::string& name) {
  if (name == "path") return store::S3Style::kPath;
  return name == "virtual" ? store::S3Style::kVirtual : store::S3Style::kAuto;
}

CLI::App* add_group(CLI::App& command, StoreOptions& o) {
  auto* group = command.add_option_group("S3");
  group->add_option("--s3-endpoint", o.endpoint,
                    "URL of the service if it is not Amazon's (or AWS_ENDPOINT_URL)");
  group->add_option("--s3-region", o.region, "region of the bucket (or AWS_REGION; else us-east-1)");
  group->add_option("--s3-style", o.style, "how the bucket is named: path, virtual, or what is usual there")
      ->check(CLI::IsMember({"auto", "path", "virtual"}))
      ->capture_default_str();
  group->add_option("--s3-credentials", o.credentials_file,
                    "file with the access key, as in ~/.aws/credentials, readable by you alone (or "
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)");
  group->add_option("--s3-profile", o.profile, "which access key of the file (or AWS_PROFILE)");
  group->add_flag("--s3-take-over", o.take_over,
                  "remove what a killed writer has claimed; only when no other writer is at work");
  return group;
}

}  // namespace

void add_store_options(CLI::App& command, StoreOptions& o) {
  command.add_option("VAULT", o.place, "the vault: a directory, or s3://BUCKET/PREFIX")->required();
  auto* group = add_group(command, o);
  group->add_option("--ca-file", o.ca_file, "PEM file with the authorities to trust");
  group->add_flag("--insecure", o.insecure, "do not verify the server's certificate");
}

void add_s3_options(CLI::App& command, StoreOptions& o) {
  add_group(command, o)->add_option("--s3-ca-file", o.ca_file, "PEM file with the authorities to trust");
}

bool is_s3_place(const std::string& place) { return store::is_s3_url(place); }

Result<std::unique_ptr<vault::Store>> open_store(const StoreOptions& o) {
  if (!store::is_s3_url(o.place)) return vault::make_local_store(o.place);
  store::S3Options s3;
  const std::string endpoint = or_environment(o.endpoint, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  const std::string region = or_environment(o.region, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  TRY_ASSIGN(s3.address, store::parse_s3_address(o.place, endpoint, region, style_of(o.style)));
  TRY_ASSIGN(s3.credentials, store::find_aws_credentials(o.credentials_file, o.profile));
  s3.ca_file = o.ca_file;
  s3.insecure = o.insecure;
  s3.take_over = o.take_over;
  if (o.insecure) log_warning("--insecure: the server's certificate is not verified");
  return store::make_s3_store(std::move(s3));
}

}  // namespace mk::app
