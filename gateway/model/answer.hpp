// gateway/model/answer.hpp — what a sender is told, before any standard's code for it.
#pragma once

namespace sluse {

enum class Answer {
    accepted,      ///< durable and checked: AA/CA, 2xx, ok
    content_error, ///< the content is bad: AE/CE, 422, fatal-error
    refused,       ///< not for us, or not allowed: AR/CR, 4xx
    store_failed,  ///< the journal could not take it, send again later: AR + 207, CR, 503 with Retry-After, transient-error
};

} // namespace sluse
