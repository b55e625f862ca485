// gateway/normalise/render.cpp — rendering: walks a map's element nodes and writes JSON, taking back what came to nothing.
#include "gateway/normalise/render.hpp"

#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/json_text.hpp"

#include <algorithm>
#include <bit>

namespace sluse {
namespace {

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

bool is_integer(std::string_view text)
{
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.size() <= 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

constexpr std::uint32_t row_keys = 0x10000; // rows count below it

std::string_view without_zeros(std::string_view text)
{
    while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
    return text;
}

} // namespace

Emitted Call::write_string(std::string_view text) const
{
    if (text.empty()) return Emitted::nothing;
    append_quoted(out, text);
    return Emitted::content;
}

// All that is written and taken back here is told to the trace, when there is one.
inline void Renderer::cut_back(std::size_t size)
{
    buffer_.cut(size);
    if (context_->trace) context_->trace->cut(size);
}

template <class Write> inline Emitted Renderer::traced(const Row& row, const Value& value, Frame& frame, Write&& write)
{
    if (!context_->trace) return write();
    const auto start = buffer_.size();
    const auto emitted = write();
    if (emitted != Emitted::nothing) trace_row(row, value, frame, start);
    return emitted;
}

bool Renderer::render(const SourceMessage& message, const RenderContext& context, Normalised& out)
{
    message_ = &message;
    context_ = &context;
    result_ = &out;
    buffer_.clear();
    const auto& plan = *context.plan;
    bool known = false;
    structure_ = plan.structure_of(message.type, known);
    if (!structure_) return false;
    out.partial = structure_->partial;
    instances_.clear();
    seen_.assign(64, 0);
    sides_.clear();
    remarks_ = 0;
    memo_.begin(message, context);
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
    const auto instance = instances_[index]; // a copy: rendering adds to them
    const auto& map = plan().maps[instance.map];
    rendering_ = result_->resources.size();
    if (!used_.empty()) used_.clear();
    const auto start = buffer_.size();
    const auto head = map.open.size() + uuid_length + map.middle.find('{');
    result_->resources.push_back({map.type, std::string(instance.id_text()), start + head, 0});
    if (instance.side && map.memo) {
        Frame frame;
        frame.group = &groups_[static_cast<std::size_t>(instance.group)];
        remembered({row_keys + instance.map, -1, 0, {}, {}}, instance.base, frame, [&] {
            render_body(index);
            return Emitted::content;
        });
    } else {
        render_body(index);
    }
    result_->resources[rendering_].length = buffer_.size() - start - head - map.close.size() - uuid_length - 3; // and "}}
}

void Renderer::render_body(std::size_t index)
{
    const auto id = instances_[index].id;
    const std::string_view id_text(id.data(), id.size());
    const auto& map = plan().maps[instances_[index].map];
    buffer_ += map.open;
    buffer_ += id_text;
    buffer_ += map.middle;
    buffer_ += id_text;
    buffer_ += '"';
    Frame frame;
    frame.group = &groups_[static_cast<std::size_t>(instances_[index].group)];
    frame.base = instances_[index].base;
    divide(frame);
    if (context_->trace) trace_id(index, frame, buffer_.size() - uuid_length - 1);
    object(plan().nodes[map.root], frame, true);
    buffer_ += '}';
    buffer_ += map.close;
    buffer_ += id_text;
    buffer_ += "\"}}";
}

// What the text came to last time, with the resources that it made; else `write`, whose outcome is kept if it was told without remarks.
template <class Write> Emitted Renderer::remembered(Memo::Key key, const Value& base, const Frame& frame, Write&& write)
{
    if (base.text.size() > Memo::text_max || !memo_.usable(key.what)) return write();
    key.text = base.text;
    key.level = static_cast<std::uint8_t>(base.level | (base.segment < 0 ? 128 : 0));
    if (const auto* entry = memo_.find(key)) {
        buffer_ += entry->output();
        for (const auto& made : entry->made)
            add_side(made.map, {base.text.substr(made.offset, made.length), made.level, base.segment, base.field}, frame, made.id);
        return entry->emitted;
    }
    const auto at = buffer_.size(), sides = sides_.size();
    const auto remarks = remarks_;
    const auto emitted = write();
    if (remarks_ != remarks) return emitted;
    made_.clear();
    for (auto i = sides; i < sides_.size(); ++i) {
        const auto& side = sides_[i];
        const auto offset = side.base.text.data() - base.text.data();
        if (offset < 0 || static_cast<std::size_t>(offset) + side.base.text.size() > base.text.size()) return emitted; // of another text
        made_.push_back({side.map, side.base.level, static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(side.base.text.size()), side.id});
    }
    memo_.keep(key, emitted, buffer_.view().substr(at), made_);
    return emitted;
}

// Text that never changes is written at once; a trace wants each row of it.
inline bool Renderer::constant(const Node& node)
{
    if (node.constant.empty() || context_->trace) return false;
    buffer_ += node.constant;
    return true;
}

inline Emitted Renderer::member(const Node& node, Frame& frame)
{
    buffer_ += node.key;
    return element(node, frame);
}

inline bool Renderer::says(const Needs::Fields& fields, const Frame& frame) const
{
    const auto index = frame.group->slot[fields.slot];
    return index >= 0 && (present_[static_cast<std::size_t>(index)] & fields.mask);
}

inline bool Renderer::may_yield(const Needs& needs, const Frame& frame) const
{
    if (needs.always || (needs.components & frame.present)) return true;
    if (needs.first.slot == no_slot) return false;
    return says(needs.first, frame) || std::ranges::any_of(needs.others, [&](const Needs::Fields& fields) { return says(fields, frame); });
}

inline bool Renderer::may_yield(const Row& row, const Frame& frame) const
{
    if (!row.needs) return true;
    if (row.from.kind == SourcePath::Kind::relative) return frame.present >> row.from.component & 1;
    return says({row.from.slot, std::uint64_t{1} << row.from.field}, frame);
}

// FHIR's periods do not run backwards: of one that does, the start is kept and the end told.
void Renderer::keep_forward(const Node& node, std::size_t mark)
{
    const auto text = buffer_.view().substr(mark);
    const auto value = [&](std::string_view key) {
        const auto at = text.find(key);
        return at == text.npos ? std::string_view{} : text.substr(at + key.size(), text.find('"', at + key.size()) - at - key.size());
    };
    const auto start = value("\"start\":\""), end = value("\"end\":\"");
    if (start.empty() || end.empty() || !runs_backwards(start, end)) return;
    const std::string kept(start);
    cut_back(mark);
    buffer_ += "{\"start\":";
    append_quoted(buffer_, kept);
    issue({}, IssueKind::wrong_type, (node.name.empty() ? std::string("a period") : node.name) + " ends before it starts: the end is left out");
}

Emitted Renderer::object(const Node& node, Frame& frame, bool root)
{
    const auto mark = buffer_.size();
    auto result = Emitted::nothing;
    bool first = !root;
    if (!root) buffer_ += '{';
    for (const auto& tried : node.tried) {
        if (!may_yield(tried.needs, frame)) continue;
        if (frame.emitted >> tried.bit & 1) continue; // another type of the same choice is there
        const auto& child = plan().nodes[tried.node];
        const auto before = buffer_.size();
        if (!first) buffer_ += ',';
        const auto emitted = constant(child) ? Emitted::fixed : member(child, frame);
        if (emitted == Emitted::nothing) {
            cut_back(before);
            continue;
        }
        first = false;
        frame.emitted |= std::uint64_t{1} << tried.bit;
        result = std::max(result, emitted);
    }
    if (root) return result;
    if (result == Emitted::nothing || (node.sourced && result != Emitted::content) || (frame.emitted & node.vital) != node.vital) {
        cut_back(mark);
        return Emitted::nothing;
    }
    if (node.period) keep_forward(node, mark);
    buffer_ += '}';
    return result;
}

void Renderer::divide(Frame& frame) const
{
    const auto text = frame.base.text;
    const char separator = frame.base.level == 0 ? message_->component : frame.base.level == 1 ? message_->subcomponent : '\0';
    frame.present = ~std::uint32_t{0};
    if (text.size() > 60000) return;
    unsigned part = 1;
    std::uint32_t present = text.empty() ? 0u : 1u;
    std::size_t start = 0;
    frame.starts[0] = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != separator || separator == '\0') [[likely]]
            continue;
        present |= std::uint32_t{i > start} << part;
        start = i + 1;
        frame.starts[part++] = static_cast<std::uint16_t>(start);
        if (part == 32) return; // more than any data type has: found one by one
    }
    present |= std::uint32_t{text.size() > start} << part;
    frame.starts[part] = static_cast<std::uint16_t>(text.size() + 1);
    frame.part_count = static_cast<std::uint8_t>(part);
    frame.present = present;
}

Emitted Renderer::element(const Node& node, Frame& frame)
{
    if (node.kind == Node::Kind::leaf) return leaf(node, frame);
    if (node.kind == Node::Kind::array) return array(node, frame);
    // Parts of one element see the same source, but are an object of their own for `without` and choices.
    const auto emitted = frame.emitted;
    if (frame.depth++ == 0) frame.top = emitted;
    frame.emitted = 0;
    const auto result = object(node, frame, false);
    frame.emitted = emitted;
    --frame.depth;
    return result;
}

Emitted Renderer::leaf(const Node& node, Frame& frame)
{
    for (const auto at : node.rows) {
        const auto& candidate = plan().rows[at];
        if (!may_yield(candidate, frame)) continue;
        if (candidate.condition && !holds(candidate.condition, frame)) continue;
        if (candidate.action == Action::remove) { // says that it is gone: later alternatives must not bring it back
            deleted(candidate, frame);
            return Emitted::nothing;
        }
        const auto emitted = row(candidate, frame);
        if (emitted != Emitted::nothing) return emitted;
    }
    return Emitted::nothing;
}

Emitted Renderer::array(const Node& node, Frame& frame)
{
    const auto mark = buffer_.size();
    buffer_ += '[';
    bool first = true;
    auto result = Emitted::nothing;
    for (const auto& tried : node.tried) {
        if (!may_yield(tried.needs, frame)) continue;
        const auto& item = plan().nodes[tried.node];
        auto emitted = Emitted::nothing;
        if (item.kind == Node::Kind::leaf) {
            emitted = array_rows(item, frame, first);
        } else {
            const auto before = buffer_.size();
            if (!first) buffer_ += ',';
            emitted = constant(item) ? Emitted::fixed : element(item, frame);
            if (emitted == Emitted::nothing) cut_back(before);
            else first = false;
        }
        result = std::max(result, emitted);
        if (!first && frame.depth == 0) frame.emitted |= std::uint64_t{1} << node.bit; // `without` holds for later items too
    }
    if (first) {
        cut_back(mark);
        return Emitted::nothing;
    }
    buffer_ += ']';
    return result;
}

// The first alternative that yields anything gives all its values as items.
Emitted Renderer::array_rows(const Node& item, Frame& frame, bool& first)
{
    for (const auto at : item.rows) {
        const auto& candidate = plan().rows[at];
        if (!may_yield(candidate, frame)) continue;
        if (candidate.condition && !holds(candidate.condition, frame)) continue;
        auto result = Emitted::nothing;
        const auto one = [&](auto&& write) {
            const auto before = buffer_.size();
            if (!first) buffer_ += ',';
            const auto emitted = write();
            if (emitted == Emitted::nothing) cut_back(before);
            else first = false;
            result = std::max(result, emitted);
        };
        if (candidate.action == Action::each) {
            result = each(candidate, frame, first);
        } else if (candidate.action == Action::references) {
            instances_below(candidate.target, frame.group, [&](const Instance& instance) {
                one([&] {
                    return traced(candidate, {}, frame, [&] {
                        buffer_ += plan().maps[instance.map].reference;
                        buffer_ += instance.id_text();
                        buffer_ += "\"}";
                        return Emitted::content;
                    });
                });
            });
        } else if ((candidate.from.kind == SourcePath::Kind::segment || candidate.from.kind == SourcePath::Kind::own) && candidate.action != Action::function && candidate.action != Action::fixed &&
                   candidate.action != Action::remove && candidate.action != Action::argument) {
            bool nulls = false;
            for_each(candidate.from, frame, [&](const Value& found) {
                if (null(found.text)) {
                    nulls = true;
                    return;
                }
                one([&] { return value(candidate, found, frame); });
            });
            if (nulls && result == Emitted::nothing) deleted(candidate, frame);
        } else if (candidate.action == Action::remove) {
            deleted(candidate, frame);
            return Emitted::nothing;
        } else {
            one([&] { return row(candidate, frame); });
        }
        if (result != Emitted::nothing) return result;
    }
    return Emitted::nothing;
}

Emitted Renderer::row(const Row& row, Frame& frame)
{
    if (row.action == Action::reference || row.from.kind == SourcePath::Kind::none) return traced(row, {}, frame, [&] { return sourceless(row, frame); });
    const auto found = find(row.from, frame);
    if (found.empty()) return Emitted::nothing;
    if (null(found.text)) {
        if (row.action != Action::fixed && row.action != Action::argument) deleted(row, frame);
        return Emitted::nothing;
    }
    if (row.single && row.from.field && !row.from.all && marks_[static_cast<std::size_t>(found.segment)] & 1) {
        const auto whole = message_->segments[static_cast<std::size_t>(found.segment)].field(row.from.field);
        const auto more = whole.find(message_->repetition);
        if (more != whole.npos && more + 1 < whole.size() && trimmed(whole.substr(0, more)) == trimmed(found.text))
            issue(found, IssueKind::unmapped, "repeats, and the element does not: only the first is mapped");
    }
    return value(row, found, frame);
}

Emitted Renderer::sourceless(const Row& row, Frame& frame)
{
    if (row.action == Action::reference) return reference(row, frame);
    if (row.action == Action::fixed) {
        buffer_ += row.json;
        return Emitted::fixed;
    }
    if (row.action == Action::argument && !frame.argument.empty()) {
        append_quoted(buffer_, frame.argument);
        return Emitted::fixed;
    }
    const Value none;
    if (row.action == Action::subtree) return subtree(row.target, none, row, frame);
    if (row.action != Action::function) return Emitted::nothing;
    Call call{*this, row, none, frame, buffer_};
    return row.function(call);
}

Emitted Renderer::value(const Row& row, const Value& value, Frame& frame)
{
    return traced(row, value, frame, [&] { return value_now(row, value, frame); });
}

Emitted Renderer::value_now(const Row& row, const Value& value, Frame& frame)
{
    switch (row.action) {
    case Action::text: return write_primitive(value, row.primitive);
    case Action::code: return code(row, value);
    case Action::fixed: buffer_ += row.json; return Emitted::fixed;
    case Action::argument:
        if (frame.argument.empty()) return Emitted::nothing;
        append_quoted(buffer_, frame.argument);
        return Emitted::fixed;
    case Action::subtree: return subtree(row.target, value, row, frame);
    case Action::make: return make(row, value, frame);
    case Action::function: {
        Call call{*this, row, value, frame, buffer_};
        return row.function(call);
    }
    default: return Emitted::nothing;
    }
}

Emitted Renderer::subtree(std::uint16_t node_index, const Value& base, const Row& row, Frame& outer)
{
    if (!row.memo) return subtree_now(node_index, base, row, outer);
    Memo::Key key{static_cast<std::uint32_t>(&row - plan().rows.data()), row.codes >= 0 ? row.codes : outer.codes, 0, {},
                  row.argument.empty() ? outer.argument : std::string_view(row.argument)};
    return remembered(key, base, outer, [&] { return subtree_now(node_index, base, row, outer); });
}

Emitted Renderer::subtree_now(std::uint16_t node_index, const Value& base, const Row& row, Frame& outer)
{
    Frame frame;
    frame.group = outer.group;
    frame.base = base;
    frame.argument = row.argument.empty() ? outer.argument : std::string_view(row.argument);
    frame.codes = row.codes >= 0 ? row.codes : outer.codes;
    frame.outer = &outer;
    frame.row = &row;
    divide(frame);
    const auto& node = plan().nodes[node_index];
    return node.kind == Node::Kind::leaf ? leaf(node, frame) : object(node, frame, false);
}

Emitted Renderer::code(const Row& row, const Value& value)
{
    const auto source = text(value.level == 0 ? part(value, 1) : value);
    if (source.empty()) return Emitted::nothing;
    const auto* found = plan().tables[static_cast<std::size_t>(row.codes)].find(source);
    if (!found) {
        issue(value, IssueKind::unknown_code, "is no code of table " + plan().tables[static_cast<std::size_t>(row.codes)].name);
        return Emitted::nothing;
    }
    if (found->code.empty()) return Emitted::nothing; // known, and deliberately without an equal
    buffer_ += found->json;
    return Emitted::content;
}

Emitted Renderer::reference(const Row& row, Frame& frame)
{
    if (row.from.kind != SourcePath::Kind::none && find(row.from, frame).empty()) return Emitted::nothing;
    const auto* instance = nearest_instance(row.target, frame.group);
    if (!instance) // none around: the first within, as the patient of an appointment
        instances_below(row.target, frame.group, [&](const Instance& found) { instance = instance ? instance : &found; });
    if (!instance) return Emitted::nothing;
    const auto& map = plan().maps[instance->map];
    if (row.primitive == Primitive::uri) { // an Attachment's url
        (((buffer_ += '"') += map.type) += '/') += instance->id_text();
        buffer_ += '"';
        return Emitted::content;
    }
    buffer_ += map.reference;
    buffer_ += instance->id_text();
    buffer_ += "\"}";
    return Emitted::content;
}

// One item in the frame of another group; false, and nothing written, when it came to nothing.
bool Renderer::each_one(const Row& row, Frame& frame, const GroupInstance& group, const Value& base, bool first)
{
    const auto before = buffer_.size();
    if (!first) buffer_ += ',';
    Frame inner;
    inner.group = &group;
    inner.base = base;
    inner.argument = row.argument;
    inner.outer = &frame;
    inner.row = &row;
    const auto& node = plan().nodes[static_cast<std::size_t>(row.subtree)];
    if ((node.kind == Node::Kind::leaf ? leaf(node, inner) : object(node, inner, false)) == Emitted::content) return true;
    cut_back(before);
    return false;
}

// "each MAP TYPE": for each resource of that map below; "OBX … each TYPE": for each group below that such a segment opens.
Emitted Renderer::each(const Row& row, Frame& frame, bool& first)
{
    auto result = Emitted::nothing;
    const auto one = [&](const GroupInstance& group, const Value& base) {
        if (!each_one(row, frame, group, base, first)) return;
        first = false;
        result = Emitted::content;
    };
    if (row.from.kind == SourcePath::Kind::none) {
        instances_below(row.target, frame.group, [&](const Instance& instance) { one(groups_[static_cast<std::size_t>(instance.group)], instance.base); });
        return result;
    }
    const auto top = frame.group - groups_.data();
    for (auto g = top + 1; g < static_cast<std::ptrdiff_t>(groups_.size()) && groups_[static_cast<std::size_t>(g)].parent >= top; ++g) {
        const auto& group = groups_[static_cast<std::size_t>(g)];
        if (slots_[group.first_segment] == row.from.slot) one(group, {});
    }
    return result;
}

Emitted Renderer::make(const Row& row, const Value& value, Frame& frame)
{
    if (!row.memo) return make_now(row, value, frame);
    return remembered({static_cast<std::uint32_t>(&row - plan().rows.data()), -1, 0, {}, {}}, value, frame, [&] { return make_now(row, value, frame); });
}

Emitted Renderer::make_now(const Row& row, const Value& value, Frame& frame)
{
    Instance instance;
    instance.map = row.target;
    Frame inner;
    inner.group = frame.group;
    inner.base = value;
    const auto& map = plan().maps[row.target];
    if ((map.condition && !holds(map.condition, inner)) || !make_id(instance, inner)) return Emitted::nothing;
    add_side(row.target, value, frame, instance.id);
    buffer_ += map.reference;
    buffer_ += instance.id_text();
    buffer_ += "\"}";
    return Emitted::content;
}

void Renderer::add_side(std::uint16_t map, const Value& base, const Frame& frame, const std::array<char, uuid_length>& id)
{
    sides_.push_back({map, base, id});
    Instance instance;
    instance.map = map;
    instance.group = static_cast<std::int32_t>(frame.group - groups_.data());
    instance.base = base;
    instance.side = true;
    instance.id = id;
    instances_.push_back(instance);
    if (enter(instances_.size() - 1) != instances_.size() - 1) instances_.pop_back();
}

Emitted Renderer::write_primitive(const Value& whole, Primitive primitive)
{
    const auto value = whole.level == 0 ? part(whole, 1) : whole;
    const auto source = text(value);
    if (source.empty()) return Emitted::nothing;
    switch (primitive) {
    case Primitive::boolean:
        if (source != "Y" && source != "N" && source != "1" && source != "0") {
            issue(value, IssueKind::unknown_code, "is neither Y nor N");
            return Emitted::nothing;
        }
        buffer_ += source == "Y" || source == "1" ? "true" : "false";
        return Emitted::content;
    case Primitive::integer:
        if (!is_integer(source)) {
            issue(value, IssueKind::wrong_type, "is no whole number");
            return Emitted::nothing;
        }
        buffer_ += without_zeros(source);
        return Emitted::content;
    case Primitive::decimal:
        if (append_decimal(buffer_, source)) return Emitted::content;
        issue(value, IssueKind::wrong_type, "is no number");
        return Emitted::nothing;
    case Primitive::date:
    case Primitive::date_time:
    case Primitive::instant:
    case Primitive::time: {
        const auto before = buffer_.size();
        const auto* wrong = append_time(buffer_, source, primitive, *context_);
        if (!wrong) return Emitted::content;
        cut_back(before);
        issue(value, IssueKind::wrong_type, wrong);
        return Emitted::nothing;
    }
    case Primitive::code:
    case Primitive::uri:
        if (source.find_first_of(" \t\r\n") != source.npos && primitive == Primitive::uri) {
            issue(value, IssueKind::wrong_type, "holds blanks and is no URI");
            return Emitted::nothing;
        }
        [[fallthrough]];
    default: append_quoted(buffer_, source); return Emitted::content;
    }
}

Emitted Renderer::write_string(const Value& value)
{
    const auto source = text(value);
    if (source.empty()) return Emitted::nothing;
    append_quoted(buffer_, source);
    return Emitted::content;
}

void Renderer::deleted(const Row& row, const Frame& frame)
{
    ++remarks_;
    std::string path;
    for (const auto* f = &frame; f; f = f->outer)
        if (f->row && !f->row->path.empty()) path = path.empty() ? f->row->path : f->row->path + '.' + path;
    if (!row.path.empty()) path = path.empty() ? row.path : path + '.' + row.path;
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
        for (unsigned n = 1; n <= segment.fields.size(); ++n) {
            if (segment.fields[n - 1].empty() || (n < 64 && touched_[i] >> n & 1)) continue;
            const bool skip = slot != no_slot && n < 256 && (plan().ignored_segments[slot] || (plan().ignored[slot][n / 64] >> (n % 64) & 1));
            if (skip) {
                ++coverage.ignored;
            } else if (coverage.unmapped.size() < 1000) { // a bound, so that a hostile message cannot fill the memory
                key_.assign(segment.id);
                key_ += '-';
                append_field_name(i, n, key_);
                coverage.unmapped.push_back(key_);
            }
        }
    }
}

} // namespace sluse
