import Foundation
import NIOCore
import RoostCore

/// The two clocks of the process. Only shells read them; machines are told.
enum Clock {
    /// The monotonic clock.
    static var now: Instant {
        Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds)
    }

    /// Milliseconds since 1970.
    static var wallMilliseconds: UInt64 {
        UInt64(Date().timeIntervalSince1970 * 1000)
    }
}
