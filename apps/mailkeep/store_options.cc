#include "store_options.h"

namespace mk::app {
namespace {

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

void add_head_option(CLI::App& command, std::string& head_file) {
  command
      .add_option("--head-file", head_file,
                  "remembers the newest record of the vault's log, so that an older state of it is found out")
      ->type_name("FILE");
}

}  // namespace mk::app
