// gateway/normalise/registers/complete.cpp — displays and names that a bundle leaves out, from the registers, in one pass over its JSON.
#include "gateway/normalise/registers/registers.hpp"

#include "gateway/normalise/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

/// An object or list that is open, and what of it decides whether something is missing.
struct Open {
    bool list{};
    std::string_view key;                 ///< its name in its parent; of the members of a list the list's
    std::string_view member;              ///< the name that was read last
    std::string_view type, system, code, value;
    bool display{}, name{}, coding = true; ///< coding: nothing but what a Coding may have
    const RegisterUnit* unit{};           ///< the first that one of its identifiers names
};

class Pass {
public:
    Pass(const Registers& registers, Normalised& message, Day day) : registers_(registers), m_(message), text_(message.bundle), day_(day) {}

    void run()
    {
        for (std::size_t i = 0; i < text_.size(); ++i) {
            const char c = text_[i];
            if (c == '"') i = string(i);
            else if (c == '{' || c == '[') open(c == '[');
            else if (c == '}' || c == ']') close(i);
            else if (c == ':' && !stack_.empty()) after_name_ = true;
            else if (c == ',') after_name_ = false;
        }
        if (!adds_.empty()) write();
    }

private:
    struct Add {
        std::size_t at{};
        std::string text;
    };

    void open(bool list)
    {
        Open one;
        one.list = list;
        if (!stack_.empty()) one.key = stack_.back().list ? stack_.back().key : stack_.back().member;
        stack_.push_back(one);
        after_name_ = false;
    }

    /// A string of a JSON text that this gateway wrote: it ends. Returns its last quote.
    std::size_t string(std::size_t begin)
    {
        auto end = begin + 1;
        while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
        const auto value = text_.substr(begin + 1, end - begin - 1);
        if (stack_.empty() || stack_.back().list) return end;
        auto& o = stack_.back();
        if (!after_name_) {
            o.member = value;
            static constexpr std::string_view of_coding[] = {"system", "version", "code", "display", "userSelected", "id", "extension"};
            o.coding = o.coding && std::ranges::find(of_coding, value) != std::end(of_coding);
            o.display = o.display || value == "display";
            o.name = o.name || value == "name";
            return end;
        }
        after_name_ = false;
        if (o.member == "system") o.system = value;
        else if (o.member == "code") o.code = value;
        else if (o.member == "value") o.value = value;
        else if (o.member == "resourceType") o.type = value;
        return end;
    }

    void close(std::size_t at)
    {
        if (stack_.empty()) return;
        const auto o = stack_.back();
        stack_.pop_back();
        after_name_ = false;
        if (o.list) return;
        if (o.coding && !o.system.empty() && !o.code.empty()) return coding(o, at);
        if (o.key == "identifier" && !o.system.empty() && !o.value.empty()) return identifier(o);
        if (!o.unit) return;
        const bool place = o.type == "Organization" || o.type == "Location";
        if (place && !o.name) add(at, "name", o.unit->name);
        else if (o.type.empty() && !o.display) add(at, "display", o.unit->name);
    }

    void coding(const Open& o, std::size_t at)
    {
        if (!registers_.covers(o.system)) return;
        const auto* entry = registers_.entry(o.system, o.code, day_);
        if (entry && !o.display) add(at, "display", entry->text);
        if (entry && entry->from <= day_ && day_ < entry->to) return;
        const auto text = entry ? fmt::format("{} was not in force in its register that day", o.code) : fmt::format("{} is no code of its register", o.code);
        m_.issues.push_back({Severity::warning, IssueKind::unknown_code, path(), text});
    }

    /// Goes to the resource that lists it, or to the reference that is made of it.
    void identifier(const Open& o)
    {
        for (auto at = stack_.rbegin(); at != stack_.rend(); ++at)
            if (!at->list) {
                if (!at->unit) at->unit = registers_.unit(o.system, o.value, day_);
                return;
            }
    }

    void add(std::size_t at, std::string_view member, std::string_view value)
    {
        adds_.push_back({at, ",\"" + std::string(member) + "\":" + quoted(value)});
    }

    /// "Condition.code.coding": the way down from the resource.
    std::string path() const
    {
        std::string out;
        for (const auto& o : stack_) {
            if (o.list) continue;
            if (!o.type.empty()) out = o.type;
            else if (!out.empty() && !o.key.empty()) (out += '.') += o.key;
        }
        if (!stack_.empty() && stack_.back().list) (out += '.') += stack_.back().key;
        return out;
    }

    void write()
    {
        std::string out;
        out.reserve(text_.size() + 64 * adds_.size());
        std::size_t from = 0;
        for (const auto& a : adds_) {
            out.append(text_.substr(from, a.at - from));
            out += a.text;
            from = a.at;
        }
        out.append(text_.substr(from));
        for (auto& span : m_.resources) {
            const auto end = span.offset + span.length;
            std::size_t before = 0, within = 0;
            for (const auto& a : adds_)
                if (a.at < span.offset) before += a.text.size();
                else if (a.at < end) within += a.text.size();
            span.offset += before;
            span.length += within;
        }
        m_.bundle = std::move(out);
    }

    const Registers& registers_;
    Normalised& m_;
    std::string_view text_;
    Day day_;
    std::vector<Open> stack_;
    std::vector<Add> adds_; ///< in the text's order: an object ends after those in it
    bool after_name_{};
};

} // namespace

void Registers::complete(Normalised& message, Day day) const
{
    Pass(*this, message, day).run();
}

} // namespace sluse
