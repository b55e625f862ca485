// adapters/adapter.hpp — the whole contract of a format: split, check, acknowledge, normalise. Pure: bytes in, values out.
#pragma once

#include "adapters/receipts.hpp"
#include "gateway/base/result.hpp"
#include "gateway/model/answer.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/model/normalised.hpp"
#include "gateway/model/system.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

class Locations; // gateway/model/locations.hpp: what may be addressed to this gateway
class Maps;      // gateway/normalise/maps.hpp: the compiled map set
struct Trace;    // gateway/normalise/trace.hpp

/// What a format's decoder makes of one message. Each format derives its own; it owns or views the message's text.
struct Decoded {
    virtual ~Decoded() = default;
};

/// The result of a full decode and of the checks that this standard's acknowledgement covers (design, decision 2).
struct Checked {
    Answer answer{Answer::accepted};      ///< accepted, content_error or refused
    Issues issues;                        ///< errors first; why it is not accepted, and warnings
    std::string system;                   ///< what the message says of its sender: "EPJ|RH"
    std::string type, control_id;
    std::string envelope_id;              ///< of this sending, where the transport names it beside the message (VANS, SBDH)
    std::vector<PersonIdentifier> persons; ///< best first; empty: about no person
    bool expects_answer{true};            ///< enhanced mode may ask for none (MSH-15 NE/ER/SU)
    std::unique_ptr<Decoded> decoded;     ///< null when it could not be decoded at all
};

/// For the acknowledgement's own header.
struct AckStamp {
    Millis now{};
    std::string id;      ///< control id of the acknowledgement
    std::string message; ///< our id of the message, by which its sender can ask for it; empty when it was not taken
};

struct NormaliseContext {
    const Maps& maps;
    const SystemSettings& system;
    const HmacKey& ids;     ///< Keys::resource
    Ulid message_id;        ///< named by the Provenance; zero in `convert`
    Millis received_ms{};   ///< 0 in `convert`
    Trace* trace{};         ///< where to say which row wrote what; formats without map rows leave it empty
};

/// A message may be one of several that a sender cut a long one into. Views into the message; both empty: it is whole.
struct Continuation {
    std::string_view from; ///< the pointer by which it goes on from an earlier one
    std::string_view to;   ///< the pointer by which a later one goes on
    bool begins{true};     ///< begins like a message of its own: `from` may be an idle field
};

/// One message of several that came together, as it was answered.
struct Answered {
    Answer answer{};
    std::string_view reply; ///< what acknowledge() said
};

struct Adapter {
    std::string_view name; ///< also its folder, its metric label, Envelope::format
    /// Could these bytes be this format? Cheap; looks at the first bytes only.
    bool (*recognises)(std::string_view bytes);
    /// A file or body of one or many messages (batches, NDJSON) into single ones, views into `bytes`. Batch-level findings go to issues.
    std::vector<std::string_view> (*split)(std::string_view bytes, Issues& issues);
    Checked (*check)(std::string_view message, const SystemSettings& system);
    /// The acknowledgement in the format's own words; empty when none is to be sent. `checked` may have decoded == nullptr.
    std::string (*acknowledge)(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
    /// `checked` is what check() made of the same bytes. Clears and fills `out`.
    Result<void> (*normalise)(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);
    /// What makes a message the same message (design, decision 6): under one system and control id, equal identity is a duplicate, however
    /// it was wrapped and in whichever syntax it was written this time. `checked` is what check() made of it. Null: all the bytes.
    std::string (*identity)(std::string_view message, const Checked& checked) = nullptr;
    /// One of split()'s pieces as a message that can be journalled by itself: given the header that it shares in `bytes`; empty
    /// when it can be as it is. Null: each can.
    std::string (*alone)(std::string_view bytes, std::string_view piece) = nullptr;
    /// The acknowledgements of all that split() made of one delivery as the one that its sender expects. Null: each is answered by itself.
    std::string (*join)(std::span<const Answered> answers) = nullptr;
    /// By what this message may be acknowledged later, and what it says when it is an acknowledgement itself. Null: neither, ever.
    Receipts (*receipts)(const Checked& checked) = nullptr;
    /// Holds an accepted message to our locations: the receiver that it names must be one of them, else `checked` gets the error and its answer.
    /// Null: it names no receiver.
    void (*addressed)(Checked& checked, const Locations& own) = nullptr;
    /// Is the message a part of a longer one? Cheap: asked of every message. Null: each stands alone.
    Continuation (*continuation)(std::string_view message) = nullptr;
    /// The message that these parts make, in order, which names each part's control id; empty when they do not fit together.
    std::string (*whole)(std::span<const std::string_view> parts) = nullptr;
};

/// All formats, in the order in which they are asked recognises(). The one shared source file a new format edits is registry.cpp.
std::span<const Adapter> adapters();
const Adapter* adapter_named(std::string_view name);
const Adapter* adapter_for(std::string_view bytes);
/// One of split()'s pieces of `bytes` as a message that can be journalled by itself. `own` holds what the result views when it had to be made.
std::string_view alone_of(const Adapter& adapter, std::string_view bytes, std::string_view piece, std::string& own);
/// Its identity; the bytes themselves when the format has nothing to say. `own` holds what the result views.
std::string_view identity_of(const Adapter* adapter, std::string_view message, const Checked& checked, std::string& own);
/// Is it for this gateway? Asked once, of an accepted message when it arrives: what was taken stays taken when the configuration changes.
void hold_to_locations(const Adapter& adapter, Checked& checked, const Locations& own);

} // namespace sluse
