// gateway/serve/repairs.cpp — what an operator sets going: trying a quarantined message again, giving it up, comparing stream and batch.
#include "gateway/serve/routes.hpp"

namespace sluse::serve {
namespace {

/// Holds the flag while it lives, unless another already does.
class Turn {
public:
    explicit Turn(std::atomic<bool>& flag) : flag_(flag), mine_(!flag.exchange(true)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn()
    {
        if (mine_) flag_ = false;
    }
    bool mine() const { return mine_; }

private:
    std::atomic<bool>& flag_;
    bool mine_;
};

std::string who(const Call& call) { return call.authenticated ? call.caller.name : "loopback"; }

/// Of a message that is not held: what it is instead.
Reply not_held(Context& context, const Ulid& id)
{
    const auto view = context.sources.message ? context.sources.message(id) : Result<std::optional<MessageView>>(std::nullopt);
    if (!view || !*view) return refusal(Style::api, 404, "no such message is held in quarantine");
    if ((*view)->status == "refused") return refusal(Style::api, 409, "it was refused, so it is not held: its sender has to send it again, mended");
    return refusal(Style::api, 409, "it is not held in quarantine: it is " + (*view)->status);
}

Reply refused(Context& context, const Ulid& id, const Fault& fault)
{
    if (fault.code == Errc::not_found) return not_held(context, id);
    if (fault.code == Errc::unsupported) return refusal(Style::api, 409, "it was processed and nothing waits behind it: this is a note, which discard puts away");
    if (fault.code == Errc::refused) return refusal(Style::api, 409, "it waits behind another message of its patient; that one goes first");
    return refusal(Style::api, 503, "the journal cannot do this now");
}

Reply repair(Context& context, const Call& call, const char* action, const std::function<Result<RepairView>(const Ulid&)>& act)
{
    if (!act) return refusal(Style::api, 501, "there is no quarantine here");
    const auto id = Ulid::parse(call.id);
    if (!id) return refusal(Style::api, 400, "a message id has 26 characters");
    const Turn turn(context.repairing);
    if (!turn.mine()) return refusal(Style::api, 503, "another repair is under way");
    const auto done = act(*id);
    audit_lines().info(action, {{"who", who(call)}, {"message", id->text()}, {"peer", call.peer}, {"done", done ? "yes" : name(done.error().code)}});
    if (!done) return refused(context, *id, done.error());
    Json json;
    json.begin().field("id", id->text()).field("processed", done->processed).field("left", done->left).key("reason");
    if (done->reason.empty()) json.null();
    else json.value(done->reason);
    json.end();
    return json_reply(json);
}

} // namespace

Reply post_retry(Context& context, const Call& call) { return repair(context, call, "quarantine.retried", context.sources.retry); }

Reply post_discard(Context& context, const Call& call) { return repair(context, call, "quarantine.discarded", context.sources.discard); }

Reply post_recompute(Context& context, const Call&)
{
    if (!context.sources.recompute) return refusal(Style::api, 501, "there is nothing to recompute from here");
    const Turn turn(context.comparing);
    if (!turn.mine()) return refusal(Style::api, 503, "another comparison is under way");
    const auto found = context.sources.recompute();
    if (!found) return refusal(Style::api, 503, found.error().where);
    Json json;
    json.begin().field("cells", found->cells).field("identifiers", found->identifiers).key("differences").list();
    for (const auto& difference : found->differences) json.value(difference);
    json.end_list().end();
    return json_reply(json);
}

} // namespace sluse::serve
