import RoostClient

/// The messages of one writer to one user who is away.
struct OfflineStream: Sendable {
    /// In the head of each body, so that the reader knows what belongs where.
    let index: Int
    let stream: UInt64
    let writer: Int
    let user: Int
    let to: String
    let count: Int

    /// Who writes how many to whom: each user hears from `fanIn` writers, in equal parts.
    static func plan(
        users: [Credentials], writers: Int, fanIn: Int, messages: Int
    ) -> [OfflineStream] {
        var system = SystemRandomNumberGenerator()
        var streams: [OfflineStream] = []
        for (user, credentials) in users.enumerated() {
            for part in 0..<fanIn {
                let count = messages / fanIn + (part < messages % fanIn ? 1 : 0)
                guard count > 0 else { continue }
                streams.append(
                    OfflineStream(
                        index: streams.count, stream: UInt64.random(in: 1..<(1 << 53), using: &system),
                        writer: (user * fanIn + part) % writers, user: user, to: credentials.user, count: count))
            }
        }
        return streams
    }
}
