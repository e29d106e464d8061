import Foundation
import RoostStorage
import Testing

@Suite struct DataDirectoryTests {
    @Test func theIdentityStaysAndTheBootCounterRises() throws {
        let scratch = try ScratchDirectory()
        let first = try DataDirectory.open(scratch.data)
        let id = first.nodeID
        #expect(first.boot == 1)
        first.close()
        for boot in 2...4 as ClosedRange<UInt64> {
            let again = try DataDirectory.open(scratch.data)
            #expect(again.nodeID == id)
            #expect(again.boot == boot)
            again.close()
        }
        let other = try DataDirectory.open(scratch.path + "/a/b/c")
        #expect(other.nodeID != id)
    }

    @Test func aSecondOpeningIsRefusedAndToldWhoHasIt() throws {
        let scratch = try ScratchDirectory()
        let first = try DataDirectory.open(scratch.data)
        #expect(throws: StorageError.directoryInUse(path: scratch.data, process: getpid())) {
            try DataDirectory.open(scratch.data)
        }
        first.close()
        #expect(try DataDirectory.open(scratch.data).boot == 2)
    }

    @Test func aDamagedIdentityIsNeverTakenForANewOne() throws {
        let scratch = try ScratchDirectory()
        try DataDirectory.open(scratch.data).close()
        let path = scratch.data + "/identity"
        let bytes = try scratch.bytes(path)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 0x10
            try scratch.write(damaged, to: path)
            #expect(throws: StorageError.identityDamaged(path: path)) { try DataDirectory.open(scratch.data) }
            try scratch.write(Array(bytes[..<place]), to: path)
            #expect(throws: StorageError.identityDamaged(path: path)) { try DataDirectory.open(scratch.data) }
        }
        try scratch.remove("data/identity")
        try scratch.write([1], to: scratch.data + "/ring")
        #expect(throws: StorageError.identityMissing(path: path)) { try DataDirectory.open(scratch.data) }
    }

    @Test func controlFilesAreReplacedAsAWhole() throws {
        let scratch = try ScratchDirectory()
        let directory = try DataDirectory.open(scratch.data)
        #expect(try directory.read("ring") == nil)
        for length in [0, 1, 20_000] {
            let content = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            try directory.write("ring", content)
            #expect(try directory.read("ring") == content)
        }
        // What a crash before the rename leaves.
        try scratch.write([1, 2, 3], to: scratch.data + "/ring.new")
        #expect(try directory.read("ring")?.count == 20_000)
        try directory.write("ring", [9])
        #expect(try directory.read("ring") == [9])
        #expect(try !scratch.names("data").contains("ring.new"))
    }

    @Test func everyDamagedBitOfAControlFileIsNoticed() throws {
        let scratch = try ScratchDirectory()
        let directory = try DataDirectory.open(scratch.data)
        try directory.write("ring", Array("a ring record".utf8))
        let path = scratch.data + "/ring"
        let bytes = try scratch.bytes(path)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try scratch.write(damaged, to: path)
            #expect(throws: StorageError.controlFileDamaged(path: path)) { try directory.read("ring") }
        }
        // Another file's content under this name is damage too.
        try directory.write("other", Array("a ring record".utf8))
        try scratch.write(try scratch.bytes(scratch.data + "/other"), to: path)
        #expect(throws: StorageError.controlFileDamaged(path: path)) { try directory.read("ring") }
    }
}
