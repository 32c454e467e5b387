import test from 'ava';
import {
  createEngine,
  decodePicture,
  inlineExecutor,
  NicError,
  verifyPicture,
} from '../../codec/index.ts';
import { decodeCases, goldenModel, readGolden, refuseCases } from '../helpers/golden-files.ts';

const model = goldenModel();
const context = { model, executor: inlineExecutor(createEngine(model)) };

test('every golden file that decodes is verified', async (t) => {
  for (const { name } of decodeCases()) {
    await t.notThrowsAsync(verifyPicture(readGolden(`decode/${name}.nic`), context), name);
  }
});

test('what decoding refuses is refused with the same code and place', async (t) => {
  for (const { name } of refuseCases()) {
    const bytes = readGolden(`refuse/${name}.nic`);
    const verified = await t.throwsAsync(verifyPicture(bytes, context), { instanceOf: NicError });
    const decoded = await t.throwsAsync(decodePicture(bytes, context), { instanceOf: NicError });
    t.deepEqual({ ...verified }, { ...decoded }, name);
  }
});
