// gateway/normalise/render_memo.hpp — what a field came to last time, instead of rendering it again.
#pragma once

#include "gateway/normalise/render.hpp"

namespace sluse {

constexpr std::uint32_t row_keys = 0x10000; // of memo keys: rows count below it, maps from there

// Bytes written as escapes (HL7 v2's \X..\, \C..\, \M..\) are in the message's own character set: another message may mean other letters by them.
inline bool escapes_bytes(std::string_view text, char escape)
{
    return !each_char(text, escape, [&](std::size_t at) {
        const char code = at + 1 < text.size() ? text[at + 1] : '\0';
        return code != 'X' && code != 'C' && code != 'M';
    });
}

// What the text came to last time, with the resources that it made; else `write`, whose outcome is kept if it was told without remarks.
template <class Write> inline Emitted Renderer::remembered(Memo::Key& key, const Value& base, const Frame& frame, Write&& write)
{
    if (base.text.size() > Memo::text_max || !memo_.usable(key.what)) return write();
    if (base.segment >= 0 && marks_.data()[base.segment] & escapes && escapes_bytes(base.text, message_->escape)) return write();
    key.text = base.text;
    key.level = static_cast<std::uint8_t>(base.level | (base.segment < 0 ? 128 : 0));
    if (const auto* entry = memo_.find(key)) {
        buffer_ += memo_.output(*entry);
        for (std::size_t n = 0; n < entry->made; ++n) {
            const auto made = memo_.made(*entry, n);
            add_side(made.map, {base.text.substr(made.offset, made.length), made.level, base.segment, base.field}, frame, made.id);
        }
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

} // namespace sluse
