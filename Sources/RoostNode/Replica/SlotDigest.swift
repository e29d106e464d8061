import RoostConsensus
import RoostCore

/// A digest of pieces of a slot, in the order of copying: 64 bits of a multiply-and-rotate mix. It guards against what two
/// honest replicas hold differently, not against an adversary.
struct SlotDigest {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0xFF51_AFD7_ED55_8CCD
        value ^= value >> 32
    }

    private mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
        mix(UInt64(text.utf8.count) | 1 << 32)
    }

    private mutating func mix(_ key: StreamKey) {
        mix(key.device)
        mix(key.stream)
    }

    mutating func add(_ item: CopyItem) {
        switch item {
        case .register(let user, let state):
            mix(1)
            mix(user.text)
            // Promises differ from acceptor to acceptor, and may.
            mix(state.accepted.round)
            mix(state.accepted.proposer.high)
            mix(state.accepted.proposer.low)
        case .stream(let user, let stream):
            mix(2)
            mix(user.text)
            mix(stream.key)
            for watermark in stream.watermarks {
                mix(watermark.device)
                mix(watermark.upTo)
            }
            mix(UInt64(stream.lost.count))
            for run in stream.lost {
                mix(run.from)
                mix(run.upTo)
            }
            mix(UInt64(stream.pending.count))
            for number in stream.pending { mix(number) }
        case .receipt(let receipt):
            mix(3)
            mix(receipt.user.text)
            mix(receipt.key)
            mix(receipt.reader.text)
            mix(receipt.progress.deliveredUpTo)
            mix(receipt.progress.readUpTo)
            mix(receipt.progress.erasedUpTo)
            for run in receipt.progress.expired.runs {
                mix(run.from)
                mix(run.upTo)
            }
            mix(UInt64(receipt.progress.expired.runs.count))
            // When it rose may differ: each owner goes by the first that it heard from.
            for known in receipt.progress.known {
                mix(known.device)
                mix(known.deliveredUpTo)
                mix(known.readUpTo)
                mix(known.expired)
            }
            mix(UInt64(receipt.progress.known.count))
        case .lastSeen(let user, let milliseconds):
            mix(40)
            mix(user.text)
            mix(milliseconds)
        }
    }
}
