import COpenSSL
import RoostCore

/// The work that one password hash takes (RFC 7914): memory 128 · N · r bytes, time in proportion to N · r · p.
struct ScryptParameters: Equatable, Sendable {
    /// N is two to this power.
    let costLog2: UInt8
    let blockSize: UInt32
    let parallelism: UInt32

    /// What new passwords get: one of the settings that the OWASP password storage cheat sheet holds equal, 32 MiB each.
    static let standard = ScryptParameters(costLog2: 15, blockSize: 8, parallelism: 3)

    static let saltBytes = 16
    static let hashBytes = 32

    /// OpenSSL refuses to take more than this, so that a record with absurd parameters cannot exhaust the node.
    private static let memoryBytesMax: UInt64 = 64 * 1024 * 1024

    init(costLog2: UInt8, blockSize: UInt32, parallelism: UInt32) {
        self.costLog2 = costLog2
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    init(of record: PasswordRecord) {
        self.init(costLog2: record.costLog2, blockSize: record.blockSize, parallelism: record.parallelism)
    }

    /// The derived key; `nil` when there is not the memory or the parameters make no sense. Blocks for about 0.2 s.
    func hash(_ password: [UInt8], salt: [UInt8]) -> [UInt8]? {
        guard costLog2 < 64 else { return nil }
        var hash = [UInt8](repeating: 0, count: ScryptParameters.hashBytes)
        let result = password.withUnsafeBytes { bytes in
            EVP_PBE_scrypt(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count, 1 << costLog2,
                UInt64(blockSize), UInt64(parallelism), ScryptParameters.memoryBytesMax, &hash, hash.count)
        }
        return result == 1 ? hash : nil
    }
}
