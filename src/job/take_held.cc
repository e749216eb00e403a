#include "job/take_held.h"

namespace mk::job {
namespace {

/// Nothing: it does not hold this, or cannot give it.
std::optional<Fetched> take(const VaultState& held, const model::FolderId& folder,
                            const model::ItemHead& head) {
  const auto item = held.point().find(folder, head.id);
  if (!item || !*item) return std::nullopt;
  const archive::ItemRecord& there = **item;
  if (there.head.change_key != head.change_key || there.read_when_stored != head.read) return std::nullopt;
  MailboxState::Held as_held;
  as_held.line.stored = there.stream;
  auto stream = held.stream(as_held);
  if (!stream) return std::nullopt;
  auto described = describe_item(head, *std::move(stream));
  return described ? std::optional(*std::move(described)) : std::nullopt;
}

}  // namespace

Result<std::vector<model::ItemHead>> take_held(const VaultState& held, const model::FolderId& folder,
                                               const std::vector<model::ItemHead>& heads,
                                               const std::function<Status(Fetched)>& done) {
  std::vector<model::ItemHead> others;
  for (const auto& head : heads) {
    auto taken = take(held, folder, head);
    if (taken)
      TRY(done(*std::move(taken)));
    else
      others.push_back(head);
  }
  return others;
}

}  // namespace mk::job
