/// The shape of the workload.
package struct WorkloadOptions: Codable, Sendable {
    /// Users; each sends to the next one and reads from the one before.
    package var pairs = 40
    /// Messages of one pair that wait for `sent`.
    package var window = 16
    /// Bytes of a message.
    package var bytes = 200
    /// Messages a second of all pairs together; 0 for as many as the windows let through.
    package var rate = 4000
    /// One reader of so many keeps no watermark.
    package var forgetfulEvery = 5

    /// The usual shape.
    package init() {}

    /// Undelivered messages of one pair, below what a queue holds: a reader that is away must not fill it.
    static let undeliveredMax = 20_000
    /// The same in bytes.
    static let undeliveredBytesMax = 128 * 1024 * 1024

    func isForgetful(_ pair: Int) -> Bool {
        forgetfulEvery > 0 && pair % forgetfulEvery == forgetfulEvery - 1
    }
}
