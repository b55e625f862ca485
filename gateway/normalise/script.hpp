// gateway/normalise/script.hpp — what rendering did for a node, to be done again: the systems of a hospital fill the same fields in message
// after message, and the way through a map hangs on which fields are filled.
#pragma once

#include "gateway/normalise/plan.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One thing that hangs on a value, and so must be done anew: a row, an array's items, a test. What it came to decides the next.
struct Step {
    enum class Kind : std::uint8_t {
        row,
        items,  ///< of a field that repeats, or of other resources
        test,
        forward ///< whether a period that has been written does not run backwards
    };
    union {
        const Row* row{};
        const Element* element;
        const Test* test;
    };
    std::uint32_t text{}, size{}; ///< of Script::text: what is written before it
    Kind kind{};
    Emitted emitted{};           ///< what it came to; of a test that holds, content
    bool first{}, first_after{}; ///< items: none stands before it, and behind it
    bool dropped{};              ///< what it wrote was taken back later: its object lacked something else
    std::uint32_t state{};       ///< items: of Script::states; forward: the first step within the period
    std::uint32_t behind{};      ///< forward: how far that step stands behind the period's beginning
};

/// A frame's elements so far, for conditions that ask what is there.
struct FrameState {
    std::uint64_t emitted{}, top{};
    unsigned depth{};
};

/// Straight through a node: fixed text, step, fixed text, step, …, fixed text. Its parts lie behind it in one block, in the order in which they
/// are read: a script is seldom in the nearest cache.
struct Script {
    struct Free {
        void operator()(Script* script) const { ::operator delete(script); }
    };
    std::span<const std::uint64_t> key; ///< Scripts::Key::words
    std::span<const Step> steps;
    std::span<const FrameState> states;
    std::span<const Needs::Fields> touched; ///< fields that were asked on the way
    const char* text{};                 ///< of all, with room behind it for reading 32 bytes from the start of each
    std::uint32_t end{}, end_size{};    ///< of the text: behind the last step
    std::uint32_t next{};               ///< of Scripts::pairs_: where the one stands that was gone after this one the last time
    std::uint32_t size{};               ///< of the block
    Emitted emitted{};                  ///< what the node came to
};

/// A script while the node is rendered: what happens, and, when an earlier script went another way, what has happened already.
struct Notes {
    struct Done {
        Emitted emitted{};
        bool first_after{};
        std::uint32_t begin{}, end{}; ///< of `bytes`
    };
    std::vector<Step> steps; ///< their text: where it begins and ends in the buffer, until the script is made
    std::vector<FrameState> states;
    std::vector<Needs::Fields> touched;
    std::vector<Done> done;
    std::string bytes;
    std::size_t taken{}; ///< of `done`
    bool lost{};         ///< what happened is no row of steps
    void touch(Slot slot, std::uint64_t fields);
    void cut(std::size_t size);
};

/// The scripts of one renderer, by node and all that decides the way: a table of bounded size.
class Scripts {
public:
    static constexpr std::size_t pairs_max = 1024, room = 4 << 20, looked_max = 62, words_max = looked_max + 3, repeating_max = 64, steps_max = 128, text_max = 8192;
    struct Key {
        std::array<std::uint64_t, words_max> words;
        std::size_t size{};
        std::uint64_t hash{}; ///< set by find()
        std::span<const std::uint64_t> view() const { return {words.data(), size}; }
    };
    const Script* find(Key& key);
    /// The one that was gone the last time behind the one gone last: mostly the one that is looked for. Null: none.
    const Script* guess() const { return last_ ? pairs_[last_->next].front.script.get() : nullptr; }
    void guessed() { gone(last_->next); }
    /// Asked for the second time: most ways that are gone once are never gone again.
    bool worth(const Key& key);
    /// Makes a script of the notes, unless it were too long or the way is not straight. `written`: all that the node wrote, from `mark` on.
    void keep(Key& key, const Notes& notes, std::string_view written, std::size_t mark, Emitted emitted);
    /// No script is being gone: those that gave way may go.
    void settle();

private:
    struct Place {
        std::uint64_t hash{};
        std::unique_ptr<Script, Script::Free> script; ///< null: none can be made of this way
    };
    /// Two ways whose hashes meet are known beside each other, the one gone last in front.
    struct Pair {
        Place front, back;
        std::uint64_t candidate{};
    };
    Pair& pair_of(const Key& key) { return pairs_[key.hash % pairs_max]; }
    const Script* gone(std::size_t pair);
    void give_way(Place& place);
    std::vector<Pair> pairs_;
    Script* last_{}; ///< found last
    std::vector<std::unique_ptr<Script, Script::Free>> left_; ///< gave way to others, perhaps while they are being gone
    std::size_t bytes_{}, left_bytes_{};
};

} // namespace sluse
