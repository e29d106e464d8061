import RoostCore
import RoostSession

extension StreamReceipt {
    init(_ proto: Roost_V1_Receipt) throws(WireError) {
        guard let reader = Address(proto.reader) else { throw .malformed("address") }
        guard proto.expired.count <= NumberRuns.runsMax else { throw .malformed("expired: too many runs") }
        var expired = NumberRuns()
        for run in proto.expired {
            guard let run = NumberRuns.Run(from: run.from, upTo: run.upTo) else { throw .malformed("expired") }
            expired.insert(run)
        }
        self.init(
            reader: reader, key: StreamKey(device: proto.device, stream: proto.stream),
            deliveredUpTo: proto.deliveredUpTo, readUpTo: proto.readUpTo, expired: expired)
    }
}

extension Roost_V1_Receipt {
    init(_ receipt: StreamReceipt) {
        self.init()
        reader = receipt.reader.text
        device = receipt.key.device
        stream = receipt.key.stream
        deliveredUpTo = receipt.deliveredUpTo
        readUpTo = receipt.readUpTo
        expired = receipt.expired.runs.map { run in
            var proto = Roost_V1_Run()
            proto.from = run.from
            proto.upTo = run.upTo
            return proto
        }
    }
}
