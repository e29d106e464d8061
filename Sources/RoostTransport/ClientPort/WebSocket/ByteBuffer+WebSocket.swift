import NIOCore

extension ByteBuffer {
    /// Writes the head of an unfragmented, unmasked frame, which is how a server's frames are.
    mutating func writeWebSocketHead(_ opcode: WebSocketOpcode, payloadBytes: Int) {
        let first = 0x80 | opcode.rawValue
        switch payloadBytes {
        case ...125: writeInteger(UInt16(first) << 8 | UInt16(payloadBytes))
        case ...0xFFFF: writeInteger(UInt32(first) << 24 | 126 << 16 | UInt32(payloadBytes))
        default:
            writeInteger(UInt16(first) << 8 | 127)
            writeInteger(UInt64(payloadBytes))
        }
    }

    /// Writes a close frame; without a code it is empty. The text is cut at a character to what a control frame holds.
    mutating func writeWebSocketClose(code: UInt16?, text: String) {
        guard let code else { return writeWebSocketHead(.close, payloadBytes: 0) }
        var text = Substring(text)
        while text.utf8.count > 123 { text.removeLast() }
        writeWebSocketHead(.close, payloadBytes: 2 + text.utf8.count)
        writeInteger(code)
        writeSubstring(text)
    }
}
