import RoostCore

/// Where a stream that failed begins anew, at the latest. What was refused may be held by a few owners all the same, so that
/// what comes behind it looks like the next; `sent` would then be said of both.
struct StreamRestart: Sendable {
    /// The highest number that the client was told is `sent`: a retry of it may still have been waiting.
    var sentUpTo: StreamNumber
    /// The highest number that is taken; `nil` when the stream has begun anew.
    var first: StreamNumber?
}
