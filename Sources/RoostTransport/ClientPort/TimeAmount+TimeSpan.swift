import NIOCore
import RoostCore

extension TimeAmount {
    /// A span of the core as NIO's timers take it.
    static func roost(_ span: TimeSpan) -> TimeAmount {
        .nanoseconds(Int64(clamping: span.nanoseconds))
    }
}
