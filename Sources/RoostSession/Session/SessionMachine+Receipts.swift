import RoostCore

extension SessionMachine {
    /// How far someone has got with a stream of a device of this user.
    public mutating func receipt(_ receipt: StreamReceipt, into actions: inout [SessionAction]) {
        guard isAuthenticated else { return }
        actions.append(.frame(.receipt(receipt)))
    }

    /// The device says which receipts it has stored. Saying more than there is harms nobody else: it is not told that then.
    mutating func receivedReceiptsKnown(
        _ receipts: [StreamReceipt], now: Instant, into actions: inout [SessionAction]
    ) {
        if let wait = receiptsKnownBucket.take(Limits.receiptsKnownRate, now: now) {
            return refuse(SessionMachine.tooOften("receiptsKnown", wait), into: &actions)
        }
        guard receipts.count <= Limits.receiptsKnownMax else {
            return refuse(
                .init(.badFrame, "\(receipts.count) receipts, at most \(Limits.receiptsKnownMax)"), into: &actions)
        }
        guard !receipts.isEmpty else { return }
        actions.append(.receiptsKnown(receipts))
    }
}
