import NIOCore

/// What a broker sends to a client of MQTT 3.1.1 that publishes and subscribes with QoS 1.
///
/// This, and the rest of this folder, is for the load generator only: it speaks to one broker, which it trusts.
enum MQTTPacket: Equatable {
    /// The answer to `CONNECT`; 0 is a welcome.
    case connectAnswer(code: UInt8)
    /// A client here subscribes to one topic, so that its name says nothing.
    case publish(id: UInt16, payload: ByteBuffer)
    case publishAnswer(id: UInt16)
    case subscribeAnswer(id: UInt16, code: UInt8)

    /// Takes the next whole packet from `input`; `nil` when more bytes are needed (section 2.2 of the standard).
    static func next(from input: inout ByteBuffer) throws -> MQTTPacket? {
        let start = input.readerIndex
        guard let head: UInt8 = input.getInteger(at: start) else { return nil }
        var length = 0
        var headBytes = 1
        while true {
            guard let byte: UInt8 = input.getInteger(at: start + headBytes) else { return nil }
            length |= Int(byte & 0x7F) << (7 * (headBytes - 1))
            headBytes += 1
            if byte & 0x80 == 0 { break }
            guard headBytes <= 4 else { throw BenchFailure("an MQTT packet whose length has five bytes") }
        }
        guard input.readableBytes >= headBytes + length else { return nil }
        input.moveReaderIndex(forwardBy: headBytes)
        guard var body = input.readSlice(length: length) else { return nil }
        guard let packet = read(head, &body) else {
            throw BenchFailure("an MQTT packet that nobody asked for: its first byte is \(head)")
        }
        return packet
    }

    private static func read(_ head: UInt8, _ body: inout ByteBuffer) -> MQTTPacket? {
        switch head >> 4 {
        case 2:
            guard body.readInteger(as: UInt8.self) != nil, let code: UInt8 = body.readInteger() else { return nil }
            return .connectAnswer(code: code)
        case 3:
            let isQoS1 = head & 0x06 == 0x02
            guard isQoS1, let topicBytes: UInt16 = body.readInteger(), body.readableBytes >= Int(topicBytes) + 2 else {
                return nil
            }
            body.moveReaderIndex(forwardBy: Int(topicBytes))
            guard let id: UInt16 = body.readInteger() else { return nil }
            return .publish(id: id, payload: body)
        case 4:
            guard let id: UInt16 = body.readInteger() else { return nil }
            return .publishAnswer(id: id)
        case 9:
            guard let id: UInt16 = body.readInteger(), let code: UInt8 = body.readInteger() else { return nil }
            return .subscribeAnswer(id: id, code: code)
        default: return nil
        }
    }
}

/// The packets of a client.
extension ByteBuffer {
    /// A session that ends with the connection, without keep-alive: nothing but the load is on the wire.
    mutating func writeMQTTConnect(client: String, user: String, password: String) {
        let protocolName = "MQTT"
        let userPasswordAndCleanSession: UInt8 = 0xC2
        writeMQTTHead(0x10, bytes: 10 + 6 + client.utf8.count + user.utf8.count + password.utf8.count)
        writeMQTTString(protocolName)
        writeInteger(4 as UInt8)
        writeInteger(userPasswordAndCleanSession)
        writeInteger(0 as UInt16)
        writeMQTTString(client)
        writeMQTTString(user)
        writeMQTTString(password)
    }

    mutating func writeMQTTSubscribe(id: UInt16, topic: String) {
        writeMQTTHead(0x82, bytes: 2 + 2 + topic.utf8.count + 1)
        writeInteger(id)
        writeMQTTString(topic)
        writeInteger(1 as UInt8)
    }

    mutating func writeMQTTPublish(id: UInt16, topic: String, payload: [UInt8]) {
        writeMQTTHead(0x32, bytes: 2 + topic.utf8.count + 2 + payload.count)
        writeMQTTString(topic)
        writeInteger(id)
        writeBytes(payload)
    }

    mutating func writeMQTTPublishAnswer(id: UInt16) {
        writeMQTTHead(0x40, bytes: 2)
        writeInteger(id)
    }

    private mutating func writeMQTTHead(_ head: UInt8, bytes: Int) {
        writeInteger(head)
        var rest = bytes
        while rest >= 0x80 {
            writeInteger(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(rest))
    }

    private mutating func writeMQTTString(_ text: String) {
        writeInteger(UInt16(clamping: text.utf8.count))
        writeString(text)
    }
}
