import RoostCore
import RoostSession

extension StreamReceipt {
    init(_ proto: Roost_V1_Receipt) throws(WireError) {
        guard let reader = Address(proto.reader) else { throw .malformed("address") }
        self.init(
            reader: reader, key: StreamKey(device: proto.device, stream: proto.stream),
            deliveredUpTo: proto.deliveredUpTo, readUpTo: proto.readUpTo)
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
    }
}
