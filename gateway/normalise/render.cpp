// gateway/normalise/render.cpp — one message's bundle: its head, its resources one after another, and what was read of the message.
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/json_text.hpp"
#include "gateway/normalise/render_memo.hpp"

#include <bit>

namespace sluse {

bool Renderer::render(const SourceMessage& message, const RenderContext& context, Normalised& out)
{
    thread_local std::uint64_t numbers = 0;
    number_ = ++numbers;
    message_ = &message;
    context_ = &context;
    result_ = &out;
    buffer_.clear();
    const auto& plan = *context.plan;
    elements_ = plan.elements.data();
    trials_ = plan.trials.data();
    rows_ = plan.rows.data();
    bool known = false;
    structure_ = plan.structure_of(message.type, known);
    if (!structure_) return false;
    out.partial = structure_->partial;
    instances_.clear();
    made_maps_.assign(plan.maps.size() / 64 + 1, 0);
    seen_.assign(64, 0);
    sides_.clear();
    remarks_ = 0;
    times_count_ = 0;
    const auto event = plan.event_numbers.find(trimmed(message.event));
    event_ = event == plan.event_numbers.end() ? std::uint8_t{0} : event->second;
    memo_.begin(message, context);
    notes_ = nullptr;
    build_groups();
    if (!known)
        out.issues.push_back({Severity::warning, IssueKind::unsupported_event, "MSH-9", "no map for this message type and event: read by the map '" + structure_->name + "'"});
    buffer_ += "{\"resourceType\":\"Bundle\",\"type\":\"transaction\"";
    if (!context.bundle_identifier.empty()) {
        buffer_ += ",\"identifier\":{\"system\":";
        append_quoted(buffer_, context.bundle_identifier_system);
        buffer_ += ",\"value\":";
        append_quoted(buffer_, context.bundle_identifier);
        buffer_ += '}';
    }
    if (context.sent_ms) {
        buffer_ += ",\"timestamp\":\"";
        append_instant(buffer_, context.sent_ms, context.system->zone);
        buffer_ += '"';
    }
    buffer_ += ",\"entry\":[";
    make_instances();
    bool first = true;
    for (std::size_t i = 0; i < instances_.size(); ++i) { // side resources are added while this runs
        if (instances_[i].alias || context.plan->maps[instances_[i].map].part) continue;
        if (!first) buffer_ += ',';
        first = false;
        render_instance(i);
    }
    buffer_ += "]}";
    out.bundle.assign(buffer_.view());
    count_coverage();
    if (context.trace) trace_fields();
    return true;
}

void Renderer::render_instance(std::size_t index)
{
    const auto& instance = instances_[index];
    const auto& map = plan().maps[instance.map];
    rendering_ = result_->resources.size();
    if (!used_.empty()) used_.clear();
    scripts_.settle();
    const auto start = buffer_.size();
    result_->add_resource(map.type, instance.id_text(), start + map.resource);
    if (instance.side && map.memo) {
        Frame frame;
        frame.group = &groups_[static_cast<std::size_t>(instance.group)];
        const auto base = instance.base; // a copy: rendering adds instances
        Memo::Key key{row_keys + instance.map, -1, 0, {}, {}};
        remembered(key, base, frame, [&] {
            render_body(index);
            return Emitted::content;
        });
    } else {
        render_body(index);
    }
    result_->resources[rendering_].length = buffer_.size() - start - map.resource - (map.close.size() - 1) - uuid_length - 3; // and "}}
}

void Renderer::render_body(std::size_t index)
{
    const auto id = instances_[index].id; // a copy: rendering adds instances
    const auto& map = plan().maps[instances_[index].map];
    auto* const head = buffer_.room(map.open.size());
    copy_short(head, map.open.data(), map.open.size());
    std::memcpy(head + map.url_id, id.data(), id.size());
    std::memcpy(head + map.open.size() - id.size() - 1, id.data(), id.size());
    buffer_.wrote(map.open.size());
    Frame frame;
    frame.group = &groups_[static_cast<std::size_t>(instances_[index].group)];
    divide(instances_[index].base, frame);
    if (context_->trace) trace_id(index, frame, buffer_.size() - uuid_length - 1);
    scripted(elements_[map.root], frame, true);
    append_id_behind(map.close, id);
    buffer_ += "\"}}";
}

void Renderer::deleted(const Row& row, const Frame& frame)
{
    ++remarks_;
    std::string path;
    for (const auto* f = &frame; f; f = f->outer)
        if (f->row && !place_of(*f->row).path.empty()) path = path.empty() ? place_of(*f->row).path : place_of(*f->row).path + '.' + path;
    if (const auto& own = place_of(row).path; !own.empty()) path = path.empty() ? own : path + '.' + own;
    for (const auto& known : result_->deleted)
        if (known.resource == rendering_ && known.path == path) return;
    result_->deleted.push_back({rendering_, std::move(path)});
}

void Renderer::count_coverage()
{
    auto& coverage = result_->coverage;
    for (std::size_t i = 0; i < message_->segments.size(); ++i) {
        const auto& segment = message_->segments[i];
        const auto slot = slots_[i];
        coverage.mapped += static_cast<std::uint32_t>(std::popcount(present_[i] & touched_[i]));
        if (segment.fields.size() < 64 && !(present_[i] & ~touched_[i])) continue;
        if (segment.fields.size() < 64 && slot != no_slot) { // each field is a bit
            const auto left = present_[i] & ~touched_[i], known = plan().ignored_segments[slot] ? ~std::uint64_t{0} : plan().ignored[slot][0];
            coverage.ignored += static_cast<std::uint32_t>(std::popcount(left & known));
            if (!(left & ~known)) continue;
            for (auto bits = left & ~known; bits; bits &= bits - 1) unmapped(i, static_cast<unsigned>(std::countr_zero(bits)));
            continue;
        }
        for (unsigned n = 1; n <= segment.fields.size(); ++n) {
            if (segment.fields[n - 1].empty() || (n < 64 && touched_[i] >> n & 1)) continue;
            const bool skip = slot != no_slot && n < 256 && (plan().ignored_segments[slot] || (plan().ignored[slot][n / 64] >> (n % 64) & 1));
            if (skip) {
                ++coverage.ignored;
            } else {
                unmapped(i, n);
            }
        }
    }
}

void Renderer::unmapped(std::size_t segment, unsigned field)
{
    auto& coverage = result_->coverage;
    if (coverage.unmapped.size() >= 1000) return; // a bound, so that a hostile message cannot fill the memory
    key_.assign(message_->segments[segment].id);
    key_ += '-';
    append_field_name(segment, field, key_);
    coverage.unmapped.push_back(key_);
}

} // namespace sluse
