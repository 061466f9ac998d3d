#!/bin/bash
# ensemble_train.sh

MODELS="resnet50 efficientnet vgg16 densenet"
MIG_DEVICES=$(echo $NVIDIA_VISIBLE_DEVICES | tr ',' ' ')

i=0
for model in $MODELS; do
    MIG=$(echo $MIG_DEVICES | cut -d' ' -f$((i+1)))
    CUDA_VISIBLE_DEVICES=$MIG python train.py --model=$model &
    i=$((i+1))
done
wait
