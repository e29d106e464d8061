/// How far a reader has got with one stream, as the devices of its sender are told it, and as they say that they know it.
public struct StreamReceipt: Equatable, Sendable {
    /// Who reads.
    public var reader: Address
    /// The stream: the device of the sender, and its number.
    public var key: StreamKey
    /// Stored by a device of the reader.
    public var deliveredUpTo: StreamNumber
    /// Seen by the reader.
    public var readUpTo: StreamNumber
    /// What ended before any device of the reader had stored it.
    public var expired: NumberRuns

    /// Makes a receipt.
    public init(
        reader: Address, key: StreamKey, deliveredUpTo: StreamNumber, readUpTo: StreamNumber,
        expired: NumberRuns = NumberRuns()
    ) {
        self.reader = reader
        self.key = key
        self.deliveredUpTo = deliveredUpTo
        self.readUpTo = readUpTo
        self.expired = expired
    }
}
